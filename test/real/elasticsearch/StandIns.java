package org.elasticsearch.node;

import java.util.Collection;
import java.util.List;
import org.elasticsearch.Build;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.ClusterStateUpdateTask;
import org.elasticsearch.cluster.metadata.DataStream;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.regex.Regex;
import org.elasticsearch.index.Index;
import org.elasticsearch.index.IndexNotFoundException;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.rest.action.RestActionListener;
import org.elasticsearch.xcontent.ToXContent;
import org.elasticsearch.xcontent.XContentBuilder;

/**
 * Answers the three questions whose modules (rest-root, data-streams) are on no public registry: `GET /`, `GET` and
 * `DELETE /_data_stream/NAME`. They read and change the real cluster state; the shape of their answers is that of the modules.
 */
final class StandIns extends OneVersion {
  private ClusterService cluster;

  @Override
  public Collection<?> createComponents(PluginServices services) {
    cluster = services.clusterService();
    return List.of();
  }

  @Override
  Collection<RestHandler> handlers() {
    return List.of(
        handler(RestRequest.Method.GET, "/", this::root),
        handler(RestRequest.Method.GET, "/_data_stream/{name}", this::streams),
        handler(RestRequest.Method.DELETE, "/_data_stream/{name}", this::remove));
  }

  private interface Answer {
    void to(String name, XContentBuilder builder, ActionListener<XContentBuilder> done) throws Exception;
  }

  private static RestHandler handler(RestRequest.Method method, String path, Answer answer) {
    return new BaseRestHandler() {
      @Override
      public String getName() {
        return "podferry_" + method + path;
      }

      @Override
      public List<Route> routes() {
        return List.of(new Route(method, path));
      }

      @Override
      protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        String name = request.param("name", "");
        return channel -> {
          ActionListener<XContentBuilder> done =
              new RestActionListener<>(channel) {
                @Override
                protected void processResponse(XContentBuilder body) {
                  channel.sendResponse(new RestResponse(RestStatus.OK, body));
                }
              };
          ActionListener.run(done, listener -> answer.to(name, channel.newBuilder(), listener));
        };
      }
    };
  }

  private void root(String name, XContentBuilder builder, ActionListener<XContentBuilder> done) throws Exception {
    builder.startObject().field("name", "node-1").field("cluster_name", "podferry-test");
    builder.startObject("version").field("number", Build.current().version()).field("build_flavor", "default").endObject();
    done.onResponse(builder.field("tagline", "You Know, for Search").endObject());
  }

  private void streams(String name, XContentBuilder builder, ActionListener<XContentBuilder> done) throws Exception {
    ClusterState state = cluster.state();
    builder.startObject().startArray("data_streams");
    for (DataStream stream : named(name, state)) {
      builder.startObject().field("name", stream.getName()).field("generation", stream.getGeneration());
      builder.startObject("timestamp_field").field("name", "@timestamp").endObject();
      builder.field("template", templateOf(state, stream.getName()));
      builder.startArray("indices");
      for (Index index : stream.getIndices()) builder.startObject().field("index_name", index.getName()).endObject();
      builder.endArray();
      if (stream.getDataLifecycle() != null) {
        builder.field("lifecycle");
        stream.getDataLifecycle().toXContent(builder, ToXContent.EMPTY_PARAMS);
      }
      builder.endObject();
    }
    done.onResponse(builder.endArray().endObject());
  }

  private void remove(String name, XContentBuilder builder, ActionListener<XContentBuilder> done) {
    cluster.submitUnbatchedStateUpdateTask("remove " + name, new ClusterStateUpdateTask() {
      @Override
      public ClusterState execute(ClusterState state) {
        return without(state, named(name, state));
      }

      @Override
      public void clusterStateProcessed(ClusterState before, ClusterState after) {
        ActionListener.completeWith(done, () -> builder.startObject().field("acknowledged", true).endObject());
      }

      @Override
      public void onFailure(Exception error) {
        done.onFailure(error);
      }
    });
  }

  /** @throws IndexNotFoundException for a name without `*` that no data stream has */
  private List<DataStream> named(String pattern, ClusterState state) {
    List<DataStream> found =
        streamsIn(state).stream().filter(stream -> Regex.simpleMatch(pattern, stream.getName())).toList();
    if (found.isEmpty() && !pattern.contains("*")) throw new IndexNotFoundException(pattern);
    return found;
  }
}
