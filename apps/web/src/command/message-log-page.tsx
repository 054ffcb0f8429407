import { MessageLogPage } from '../message-log/log-page.tsx';

/** The message log of all facilities, for the authority's operators. */
export const CommandMessagesPage = () => <MessageLogPage all />;
