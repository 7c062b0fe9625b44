/** Messages of proto/cri.proto, chapter "methods", as contract.ts decodes them: written by scripts/proto/messages.ts. */
import type {
  CheckpointContainerRequest,
  CheckpointContainerResponse,
  CheckpointPodRequest,
  CheckpointPodResponse,
  RestorePodRequest,
  RestorePodResponse,
} from "./checkpoint.ts";
import type {
  ContainerStatusRequest,
  ContainerStatusResponse,
  CreateContainerRequest,
  CreateContainerResponse,
  ListContainersRequest,
  ListContainersResponse,
  RemoveContainerRequest,
  RemoveContainerResponse,
  ReopenContainerLogRequest,
  ReopenContainerLogResponse,
  StartContainerRequest,
  StartContainerResponse,
  StopContainerRequest,
  StopContainerResponse,
  StreamContainersRequest,
  StreamContainersResponse,
  UpdateContainerResourcesRequest,
  UpdateContainerResourcesResponse,
} from "./container.ts";
import type {
  ImageFsInfoRequest,
  ImageFsInfoResponse,
  ImageStatusRequest,
  ImageStatusResponse,
  ListImagesRequest,
  ListImagesResponse,
  PullImageRequest,
  PullImageResponse,
  RemoveImageRequest,
  RemoveImageResponse,
  StreamImagesRequest,
  StreamImagesResponse,
} from "./image.ts";
import type {
  ContainerEventResponse,
  GetEventsRequest,
  ListMetricDescriptorsRequest,
  ListMetricDescriptorsResponse,
  ListPodSandboxMetricsRequest,
  ListPodSandboxMetricsResponse,
  StreamPodSandboxMetricsRequest,
  StreamPodSandboxMetricsResponse,
} from "./metrics.ts";
import type {
  RuntimeConfigRequest,
  RuntimeConfigResponse,
  StatusRequest,
  StatusResponse,
  UpdateRuntimeConfigRequest,
  UpdateRuntimeConfigResponse,
  VersionRequest,
  VersionResponse,
} from "./runtime.ts";
import type {
  ListPodSandboxRequest,
  ListPodSandboxResponse,
  PodSandboxStatusRequest,
  PodSandboxStatusResponse,
  RemovePodSandboxRequest,
  RemovePodSandboxResponse,
  RunPodSandboxRequest,
  RunPodSandboxResponse,
  StopPodSandboxRequest,
  StopPodSandboxResponse,
  StreamPodSandboxesRequest,
  StreamPodSandboxesResponse,
  UpdatePodSandboxResourcesRequest,
  UpdatePodSandboxResourcesResponse,
} from "./sandbox.ts";
import type {
  AttachRequest,
  AttachResponse,
  ExecRequest,
  ExecResponse,
  ExecSyncRequest,
  ExecSyncResponse,
  PortForwardRequest,
  PortForwardResponse,
} from "./session.ts";
import type {
  ContainerStatsRequest,
  ContainerStatsResponse,
  ListContainerStatsRequest,
  ListContainerStatsResponse,
  ListPodSandboxStatsRequest,
  ListPodSandboxStatsResponse,
  PodSandboxStatsRequest,
  PodSandboxStatsResponse,
  StreamContainerStatsRequest,
  StreamContainerStatsResponse,
  StreamPodSandboxStatsRequest,
  StreamPodSandboxStatsResponse,
} from "./stats.ts";

export interface Unary<Request, Response> {
  readonly request: Request;
  readonly response: Response;
  readonly stream: false;
}
export interface Streaming<Request, Response> {
  readonly request: Request;
  readonly response: Response;
  readonly stream: true;
}
/** Every method of CRI, of both services. */
export interface Methods {
  readonly Version: Unary<VersionRequest, VersionResponse>;
  readonly RunPodSandbox: Unary<RunPodSandboxRequest, RunPodSandboxResponse>;
  readonly StopPodSandbox: Unary<StopPodSandboxRequest, StopPodSandboxResponse>;
  readonly RemovePodSandbox: Unary<RemovePodSandboxRequest, RemovePodSandboxResponse>;
  readonly PodSandboxStatus: Unary<PodSandboxStatusRequest, PodSandboxStatusResponse>;
  readonly ListPodSandbox: Unary<ListPodSandboxRequest, ListPodSandboxResponse>;
  readonly StreamPodSandboxes: Streaming<StreamPodSandboxesRequest, StreamPodSandboxesResponse>;
  readonly CreateContainer: Unary<CreateContainerRequest, CreateContainerResponse>;
  readonly StartContainer: Unary<StartContainerRequest, StartContainerResponse>;
  readonly StopContainer: Unary<StopContainerRequest, StopContainerResponse>;
  readonly RemoveContainer: Unary<RemoveContainerRequest, RemoveContainerResponse>;
  readonly ListContainers: Unary<ListContainersRequest, ListContainersResponse>;
  readonly StreamContainers: Streaming<StreamContainersRequest, StreamContainersResponse>;
  readonly ContainerStatus: Unary<ContainerStatusRequest, ContainerStatusResponse>;
  readonly UpdateContainerResources: Unary<UpdateContainerResourcesRequest, UpdateContainerResourcesResponse>;
  readonly ReopenContainerLog: Unary<ReopenContainerLogRequest, ReopenContainerLogResponse>;
  readonly ExecSync: Unary<ExecSyncRequest, ExecSyncResponse>;
  readonly Exec: Unary<ExecRequest, ExecResponse>;
  readonly Attach: Unary<AttachRequest, AttachResponse>;
  readonly PortForward: Unary<PortForwardRequest, PortForwardResponse>;
  readonly ContainerStats: Unary<ContainerStatsRequest, ContainerStatsResponse>;
  readonly ListContainerStats: Unary<ListContainerStatsRequest, ListContainerStatsResponse>;
  readonly StreamContainerStats: Streaming<StreamContainerStatsRequest, StreamContainerStatsResponse>;
  readonly PodSandboxStats: Unary<PodSandboxStatsRequest, PodSandboxStatsResponse>;
  readonly ListPodSandboxStats: Unary<ListPodSandboxStatsRequest, ListPodSandboxStatsResponse>;
  readonly StreamPodSandboxStats: Streaming<StreamPodSandboxStatsRequest, StreamPodSandboxStatsResponse>;
  readonly UpdateRuntimeConfig: Unary<UpdateRuntimeConfigRequest, UpdateRuntimeConfigResponse>;
  readonly Status: Unary<StatusRequest, StatusResponse>;
  readonly CheckpointContainer: Unary<CheckpointContainerRequest, CheckpointContainerResponse>;
  readonly CheckpointPod: Unary<CheckpointPodRequest, CheckpointPodResponse>;
  readonly RestorePod: Unary<RestorePodRequest, RestorePodResponse>;
  readonly GetContainerEvents: Streaming<GetEventsRequest, ContainerEventResponse>;
  readonly ListMetricDescriptors: Unary<ListMetricDescriptorsRequest, ListMetricDescriptorsResponse>;
  readonly ListPodSandboxMetrics: Unary<ListPodSandboxMetricsRequest, ListPodSandboxMetricsResponse>;
  readonly StreamPodSandboxMetrics: Streaming<StreamPodSandboxMetricsRequest, StreamPodSandboxMetricsResponse>;
  readonly RuntimeConfig: Unary<RuntimeConfigRequest, RuntimeConfigResponse>;
  readonly UpdatePodSandboxResources: Unary<UpdatePodSandboxResourcesRequest, UpdatePodSandboxResourcesResponse>;
  readonly ListImages: Unary<ListImagesRequest, ListImagesResponse>;
  readonly StreamImages: Streaming<StreamImagesRequest, StreamImagesResponse>;
  readonly ImageStatus: Unary<ImageStatusRequest, ImageStatusResponse>;
  readonly PullImage: Unary<PullImageRequest, PullImageResponse>;
  readonly RemoveImage: Unary<RemoveImageRequest, RemoveImageResponse>;
  readonly ImageFsInfo: Unary<ImageFsInfoRequest, ImageFsInfoResponse>;
}
