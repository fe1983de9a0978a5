/** What a person does with a camera, each with its way back where there is one. */
import { api, ok } from '../api/client';
import { toasts } from '../shell/toasts.svelte';
import { devices, schedules } from './store.svelte';
import type { Device } from './words';

/** The privacy switch: shown at once, put back when the API says no, undone from the toast. */
export async function pause(device: Device, paused: boolean, undo = true): Promise<void> {
  const list = devices();
  list.put({ ...device, paused });
  try {
    const path = { device_id: device.id };
    list.put(await ok(api.PATCH('/api/v1/devices/{device_id}', { params: { path }, body: { paused } })));
    toasts.say(
      paused ? `${device.name} is paused and takes no photos` : `${device.name} may take photos again`,
      undo ? { action: { label: 'Undo', act: () => void pause({ ...device, paused }, !paused, false) } } : {},
    );
  } catch (error) {
    list.put(device);
    toasts.problem(error);
  }
}

export async function rename(device: Device, name: string): Promise<void> {
  const path = { device_id: device.id };
  devices().put(await ok(api.PATCH('/api/v1/devices/{device_id}', { params: { path }, body: { name } })));
}

export async function remove(device: Device): Promise<void> {
  await ok(api.DELETE('/api/v1/devices/{device_id}', { params: { path: { device_id: device.id } } }));
  devices().remove(new Set([device.id]));
  void schedules().load();
  toasts.say(`${device.name} is removed`, { kind: 'info' });
}
