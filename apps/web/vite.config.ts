import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const SERVER = process.env['YBA_WEB_PROXY'] ?? 'http://localhost:8080';
const PROXIED = ['/fhir', '/oauth', '/live', '/health', '/.well-known', '/vneid'];

/**
 * What so many pages share lies in one file: of all doors, and of each. The folders that bring styles stay out of it, for styles
 * that lie together hold for pages that never asked for them (docs/decisions/0140-few-files-a-page.md).
 */
const MANY = 4;
const SHARED = [
  {
    name: 'common',
    test: /core[\\/]|node_modules|web[\\/]src[\\/](fhir|shell)/,
    minShareCount: MANY,
    priority: 1,
  },
  ...['clinic', 'book', 'command'].map((door) => ({
    name: door,
    test: new RegExp(`web[\\\\/]src[\\\\/]${door}`),
    minShareCount: MANY,
  })),
];

/** Three doors in one build: each is a lazy chunk. Nothing is inlined, so that a strict Content-Security-Policy holds. */
// Vite asks for a default export.
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: 'es2022',
    reportCompressedSize: true,
    chunkSizeWarningLimit: 700,
    rolldownOptions: { output: { codeSplitting: { groups: SHARED } } },
  },
  server: {
    port: 5173,
    proxy: Object.fromEntries(PROXIED.map((path) => [path, { target: SERVER, changeOrigin: false }])),
  },
});
