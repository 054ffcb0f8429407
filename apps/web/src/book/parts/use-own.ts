import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { OwnError } from '../../auth/own.ts';
import { shellText } from '../../shell/messages.ts';

/** What came of the last change of one's own account, in words. */
export type OwnChange = {
  busy: boolean;
  done: string | undefined;
  failed: string | undefined;
  /** Runs a change that answers what to say of it, then reads `key` again. */
  run(work: () => Promise<string>): void;
};

/** Changes of one's own account, one at a time. */
export function useOwnChange(key: string): OwnChange {
  const client = useQueryClient();
  const [state, setState] = useState<Omit<OwnChange, 'run'>>({
    busy: false,
    done: undefined,
    failed: undefined,
  });
  return {
    ...state,
    run(work) {
      setState({ busy: true, done: undefined, failed: undefined });
      work()
        .then(
          (done) => setState({ busy: false, done, failed: undefined }),
          (error: unknown) =>
            setState({
              busy: false,
              done: undefined,
              failed: error instanceof OwnError ? error.message : shellText('errorServerPlain'),
            }),
        )
        .finally(() => void client.invalidateQueries({ queryKey: [key] }));
    },
  };
}
