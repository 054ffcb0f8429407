import { Menu } from '@mantine/core';
import { Button, useKeys } from '@yba/ui';
import { IconAlertTriangle, IconApps, IconExternalLink } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { errorWords } from '../../fhir/client.ts';
import { useClinicText } from '../messages.ts';
import { chartApps, launchApp } from './apps.ts';

/** Opens an app of others for the person whose chart this is, in a page of its own. The list is asked for when it is opened. */
export function AppMenu({ patient }: { patient: string }) {
  const t = useClinicText();
  const [opened, setOpened] = useState(false);
  const apps = useQuery({ queryKey: ['apps'], queryFn: chartApps, enabled: opened, staleTime: 60_000 });
  const launch = useMutation({ mutationFn: (client: string) => launchApp(client, patient) });
  useKeys([{ keys: 'Alt A', label: t('openApp'), run: () => setOpened(true) }]);
  const failed = apps.error ?? launch.error;
  return (
    <Menu
      opened={opened}
      onChange={setOpened}
      position="bottom-end"
      width={280}
      shadow="md"
      withinPortal={false}
      withInitialFocusPlaceholder={false}
    >
      <Menu.Target>
        <Button className="tight" keys="Alt A">
          <IconApps className="i" aria-hidden />
          {t('openApp')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {apps.data?.map(({ id, name }) => (
          <Menu.Item
            key={id}
            rightSection={<IconExternalLink className="i" aria-hidden />}
            onClick={() => launch.mutate(id)}
          >
            {name}
          </Menu.Item>
        ))}
        {apps.isPending && opened && <Menu.Item disabled>{t('appsAsking')}</Menu.Item>}
        {apps.data?.length === 0 && <Menu.Item disabled>{t('appsNone')}</Menu.Item>}
        {failed && (
          <Menu.Item disabled leftSection={<IconAlertTriangle className="i" aria-hidden />}>
            {errorWords(failed)}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
