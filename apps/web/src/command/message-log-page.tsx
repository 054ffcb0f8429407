import { useSearch } from '@tanstack/react-router';
import { MessageLogPage } from '../message-log/log-page.tsx';

/** The message log of all facilities, for the authority's operators; narrowed when it is come to from a connection. */
export const CommandMessagesPage = () => {
  const asked = useSearch({ from: '/command/messages' });
  return <MessageLogPage all key={JSON.stringify(asked)} asked={asked} />;
};
