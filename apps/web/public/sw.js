// The service worker of /book: shows that there is news. What it is told names nobody and nothing of health.
self.addEventListener('push', (event) => {
  const { title = 'Y Bạ', body = '' } = event.data ? event.data.json() : {};
  event.waitUntil(self.registration.showNotification(title, { body, tag: 'news', icon: '/icon.svg' }));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(
    self.clients.matchAll({ type: 'window', includeUncontrolled: true }).then((windows) => {
      const book = windows.find(({ url }) => new URL(url).pathname.startsWith('/book'));
      return book ? book.focus() : self.clients.openWindow('/book/news');
    }),
  );
});
