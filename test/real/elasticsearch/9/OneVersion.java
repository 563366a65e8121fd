package org.elasticsearch.node;

import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.ProjectState;
import org.elasticsearch.cluster.metadata.DataStream;
import org.elasticsearch.cluster.metadata.MetadataDeleteIndexService;
import org.elasticsearch.cluster.metadata.MetadataIndexTemplateService;
import org.elasticsearch.cluster.metadata.ProjectId;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.RestHandler;

/** What `StandIns` needs and Elasticsearch 9 has otherwise than 8: data streams belong to a project. */
abstract class OneVersion extends Plugin implements ActionPlugin {
  abstract Collection<RestHandler> handlers();

  @Override
  public Collection<RestHandler> getRestHandlers(
      RestHandlersServices services, Supplier<DiscoveryNodes> nodes, Predicate<NodeFeature> features) {
    return handlers();
  }

  static Collection<DataStream> streamsIn(ClusterState state) {
    return project(state).metadata().dataStreams().values();
  }

  static String templateOf(ClusterState state, String stream) {
    return MetadataIndexTemplateService.findV2Template(project(state).metadata(), stream, false);
  }

  static ClusterState without(ClusterState state, List<DataStream> streams) {
    ProjectState before = project(state);
    ProjectMetadata.Builder after = ProjectMetadata.builder(before.metadata());
    for (DataStream stream : streams) after.removeDataStream(stream.getName());
    var indices = streams.stream().flatMap(stream -> stream.getIndices().stream()).collect(Collectors.toSet());
    return MetadataDeleteIndexService.deleteIndices(before.updateProject(after.build()), indices, Settings.EMPTY);
  }

  private static ProjectState project(ClusterState state) {
    return state.projectState(ProjectId.DEFAULT);
  }
}
