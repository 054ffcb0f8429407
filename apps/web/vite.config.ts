import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const SERVER = process.env['YBA_WEB_PROXY'] ?? 'http://localhost:8080';
const PROXIED = ['/fhir', '/oauth', '/live', '/health', '/.well-known', '/vneid'];

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
  },
  server: {
    port: 5173,
    proxy: Object.fromEntries(PROXIED.map((path) => [path, { target: SERVER, changeOrigin: false }])),
  },
});
