import type { vi } from './messages-vi.ts';

/** English words of news in the book. */
export const en: typeof vi = {
  title: 'News',
  door: 'News',
  unread: '{{count}} unread',
  allRead: 'All read',
  none: 'No news yet',
  noneBody: 'When a transfer paper is accepted or answered, or you get a time to come, you read it here.',
  fresh: 'NEW',
  way: '{{from}} → {{to}}',
  'news-send': '{{from}} sent a transfer paper to {{to}}',
  'news-accept': '{{to}} accepted',
  'news-refuse': '{{to}} cannot take you. Ask where you were referred from',
  'news-redirect': 'The paper was passed on to {{to}}',
  'news-book': '{{to}} gave you a time to come',
  'news-answer': '{{to}} answered who referred you',
  'news-cancel': '{{from}} cancelled the transfer paper',
  'news-expire': 'The paper to {{to}} is out of date. If you need care, ask for a new one',
  'news-undo': 'A step of the paper to {{to}} was taken back',
  'news-arrive': 'Arrived at {{to}}',
  'news-miss': 'The hour given at {{to}} is past',
  'news-complete': '{{from}} took over again',
  'news-receive': '{{to}} has the paper',
  'news-draft': '{{from}} is writing a transfer paper',
  open: 'See transfer and appointment papers',
  failed: 'The news could not be read. Check the connection and try again.',
  pushTitle: 'Tell me on this device',
  pushHint:
    'The device says “you have news”: no illness, no hospital, no name. Turn it off whenever you like.',
  pushOn: 'Tell me on this device',
  pushOff: 'Stop telling me on this device',
  pushIsOn: 'This device is told when there is news.',
  pushBlocked:
    'The browser blocks notifications. Allow them for this page in the browser’s settings, then turn this on again.',
  pushUnable:
    'This browser takes no notifications. On an iPhone, add the page to the home screen and open it from there.',
  pushFailed: 'This could not be turned on. Check the connection and try again.',
  otherDevices: 'Other devices that are told',
  since: 'since {{date}}',
  end: 'Stop',
};
