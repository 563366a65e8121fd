package org.elasticsearch.node;

import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.DataStream;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.metadata.MetadataDeleteIndexService;
import org.elasticsearch.cluster.metadata.MetadataIndexTemplateService;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.IndexScopedSettings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.settings.SettingsFilter;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.RestController;
import org.elasticsearch.rest.RestHandler;

/** What `StandIns` needs and Elasticsearch 8 has otherwise than 9: data streams belong to the cluster. */
abstract class OneVersion extends Plugin implements ActionPlugin {
  abstract Collection<RestHandler> handlers();

  @Override
  public Collection<RestHandler> getRestHandlers(
      Settings settings,
      NamedWriteableRegistry registry,
      RestController controller,
      ClusterSettings clusterSettings,
      IndexScopedSettings indexSettings,
      SettingsFilter filter,
      IndexNameExpressionResolver resolver,
      Supplier<DiscoveryNodes> nodes,
      Predicate<NodeFeature> features) {
    return handlers();
  }

  static Collection<DataStream> streamsIn(ClusterState state) {
    return state.metadata().dataStreams().values();
  }

  static String templateOf(ClusterState state, String stream) {
    return MetadataIndexTemplateService.findV2Template(state.metadata(), stream, false);
  }

  static ClusterState without(ClusterState state, List<DataStream> streams) {
    Metadata.Builder after = Metadata.builder(state.metadata());
    for (DataStream stream : streams) after.removeDataStream(stream.getName());
    var indices = streams.stream().flatMap(stream -> stream.getIndices().stream()).collect(Collectors.toSet());
    ClusterState rest = ClusterState.builder(state).metadata(after).build();
    return MetadataDeleteIndexService.deleteIndices(rest, indices, Settings.EMPTY);
  }
}
