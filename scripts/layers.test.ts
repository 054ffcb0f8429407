// The map of docs/design in force: imports go downwards only, through each package's front door.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, test } from 'node:test';

const ROOT = resolve(import.meta.dirname, '..');

/** Layers from the lowest; packages of one layer do not import each other. */
const LAYERS = [
  ['core/fhir', 'core/vietnam', 'core/hl7v2'],
  ['core/postgres', 'core/http', 'core/ui'],
  ['core/repository'],
  ['core/access', 'core/audit'],
  globSync('capabilities/*', { cwd: ROOT }),
  ['apps/server'],
  ['bench'],
];

/**
 * The screens talk HTTP: of the platform they share the look, the rules of Vietnamese numbers, how the log is checked, and
 * the table of a referral's steps.
 */
const WEB_MAY_IMPORT = ['core/ui', 'core/vietnam'];
const WEB_MAY_IMPORT_PARTS = ['@yba/audit/proof', '@yba/referral/course'];

type Package = {
  folder: string;
  name: string;
  exports: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};
type Import = { file: string; specifier: string; test: boolean };

const packages = globSync(['core/*', 'capabilities/*', 'apps/*', 'bench'], { cwd: ROOT }).map(readPackage);

function readPackage(folder: string): Package {
  const manifest = JSON.parse(
    readFileSync(join(ROOT, folder, 'package.json'), 'utf8'),
  ) as Partial<Package> & { name: string };
  const { dependencies = {}, devDependencies = {}, exports = {} } = manifest;
  return { folder, name: manifest.name, exports, dependencies, devDependencies };
}

function imports({ folder }: Package): Import[] {
  const files = globSync('**/*.{ts,tsx}', {
    cwd: join(ROOT, folder),
    exclude: (path) => /(^|\/)(node_modules|dist)/.test(path),
  });
  return files.flatMap((file) => {
    const path = join(folder, file);
    const found = readFileSync(join(ROOT, path), 'utf8').matchAll(
      /^\s*(?:import|export)\b[^;'"`]*?\bfrom\s*'([^']+)'|^\s*import\s*'([^']+)'|\bimport\(\s*'([^']+)'/gm,
    );
    const test = /\.test\.tsx?$|(^|\/)(testing|scripts)(\/|\.ts$)|\.config\.ts$/.test(file);
    return [...found].map((match) => ({ file: path, specifier: (match[1] ?? match[2] ?? match[3])!, test }));
  });
}

const nameOf = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const layerOf = (folder: string) => LAYERS.findIndex((layer) => layer.includes(folder));

function mayImport(from: Package, to: Package, specifier: string): boolean {
  if (from.folder === 'apps/web')
    return WEB_MAY_IMPORT.includes(to.folder) || WEB_MAY_IMPORT_PARTS.includes(specifier);
  return layerOf(to.folder) < layerOf(from.folder);
}

describe('the layers', () => {
  test('every package has its layer', () => {
    const lost = packages.filter(({ folder }) => folder !== 'apps/web' && layerOf(folder) < 0);
    assert.deepEqual(
      lost.map(({ folder }) => folder),
      [],
    );
  });

  for (const one of packages) {
    const found = imports(one);

    test(`${one.folder} imports lower layers only`, () => {
      const upwards = found.filter(({ specifier, test: isTest }) => {
        const other = packages.find(({ name }) => name === nameOf(specifier));
        return other && other !== one && !isTest && !mayImport(one, other, specifier);
      });
      assert.deepEqual(upwards, []);
    });

    test(`${one.folder} names every package it imports in its package.json`, () => {
      const unnamed = found.filter(({ specifier, test: isTest }) => {
        if (/^(\.|node:)/.test(specifier) || builtinModules.includes(specifier)) return false;
        const name = nameOf(specifier);
        // What bench measures against is for developers only, as tests are.
        const forDevelopers = isTest || one.folder === 'bench';
        return !(
          name in one.dependencies ||
          name === one.name ||
          (forDevelopers && name in one.devDependencies)
        );
      });
      assert.deepEqual(unnamed, []);
    });

    test(`${one.folder} enters other packages by the front door`, () => {
      const deep = found.filter(({ file, specifier }) => entersByTheBack(one, file, specifier));
      assert.deepEqual(deep, []);
    });
  }
});

function entersByTheBack(from: Package, file: string, specifier: string): boolean {
  if (specifier.startsWith('.'))
    return relative(join(ROOT, from.folder), resolve(ROOT, dirname(file), specifier)).startsWith('..');
  const other = packages.find(({ name }) => name === nameOf(specifier));
  if (!other) return false;
  const door = `.${specifier.slice(other.name.length).replace(/\?.*$/, '')}`;
  return !Object.keys(other.exports).some(
    (key) => key === door || (key.endsWith('*') && door.startsWith(key.slice(0, -1))),
  );
}
