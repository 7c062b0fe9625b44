/** The writable layer, its file system, and what went to and came from block devices. */
import type { DeviceFigures, LayerFigures } from "../../../vocabulary/index.ts";
import type { ContainerMetric } from "./metric.ts";

const layer = (name: string, help: string, of: (layer: LayerFigures) => number): ContainerMetric => ({
  name,
  help,
  type: "gauge",
  samples: ({ figures }) => (figures.layer ? [{ value: of(figures.layer), atNs: figures.layer.atNs }] : []),
});

const device = (name: string, help: string, of: (device: DeviceFigures) => number): ContainerMetric => ({
  name,
  help,
  type: "counter",
  keys: ["device"],
  samples: ({ details }) => details.devices.map((each) => ({ labels: [each.name], value: of(each) })),
});

export const diskMetrics: readonly ContainerMetric[] = [
  layer("container_fs_usage_bytes", "What the writable layer holds, in bytes.", ({ usedBytes }) => usedBytes),
  layer(
    "container_fs_limit_bytes",
    "The size of the file system with the writable layer, in bytes.",
    ({ limitBytes }) => limitBytes,
  ),
  layer(
    "container_fs_inodes_total",
    "Inodes of the file system with the writable layer.",
    ({ inodesTotal }) => inodesTotal,
  ),
  layer("container_fs_inodes_free", "Inodes of that file system that are free.", ({ inodesFree }) => inodesFree),
  device("container_fs_reads_bytes_total", "Bytes read from block devices.", ({ readBytes }) => readBytes),
  device("container_fs_reads_total", "Reads from block devices.", ({ reads }) => reads),
  device("container_fs_writes_bytes_total", "Bytes written to block devices.", ({ writtenBytes }) => writtenBytes),
  device("container_fs_writes_total", "Writes to block devices.", ({ writes }) => writes),
  {
    name: "container_blkio_device_usage_total",
    help: "Bytes read from and written to block devices, by operation.",
    type: "counter",
    keys: ["device", "major", "minor", "operation"],
    samples: ({ details }) =>
      details.devices.flatMap(({ name, major, minor, readBytes, writtenBytes }) => [
        { labels: [name, major, minor, "Read"], value: readBytes },
        { labels: [name, major, minor, "Write"], value: writtenBytes },
      ]),
  },
];
