import { MessageLogPage } from '../../message-log/log-page.tsx';

/** The messages of the facility's own systems, for its IT officer. */
export const ClinicMessagesPage = () => <MessageLogPage all={false} />;
