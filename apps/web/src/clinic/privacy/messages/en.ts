/** English words of the privacy desk. */
export const en = {
  deskTitle: 'Data protection',
  tabs: 'Data protection work',
  tabKeys: 'Change page',
  alertsTab: 'ALERTS',
  onlyOfficer: 'This page is for the privacy officer',
  onlyOfficerHint:
    'Your role does not see it. If this is your work, ask your administrator to change the role.',
  // alerts
  alertsTitle: 'Access alerts',
  alertsEmpty: 'No alerts',
  alertsEmptyHint: 'Unusual looks show here: mass reading, odd hours, the same surname, colleagues.',
};
