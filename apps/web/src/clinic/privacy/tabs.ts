/**
 * The pages of the privacy desk, in the order of their keys Alt 1–9. A new one is a line here, its route in
 * `route-tree.ts`, and its word in `messages`.
 */
export const PRIVACY_TABS = [
  { to: '/clinic/privacy/alerts', label: 'alertsTab' },
  { to: '/clinic/privacy/reviews', label: 'reviewsTab' },
  { to: '/clinic/privacy/requests', label: 'requestsTab' },
  { to: '/clinic/privacy/thresholds', label: 'thresholdsTab' },
  { to: '/clinic/privacy/security', label: 'securityTab' },
] as const;
