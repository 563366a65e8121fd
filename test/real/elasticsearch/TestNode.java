package org.elasticsearch.node;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.plugins.ClasspathPlugins;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.plugins.PluginsLoader;
import org.elasticsearch.plugins.PluginsService;
import org.elasticsearch.transport.netty4.Netty4Plugin;

/**
 * Runs one node of Elasticsearch from the class path: arguments are its directory and its HTTP port, and further settings as
 * `name=value`. In this package, since the parts that are exchanged are not public.
 */
public final class TestNode {
  public static void main(String[] args) throws Exception {
    Path home = Path.of(args[0]).toAbsolutePath();
    Path config = Files.createDirectories(home.resolve("config"));
    Settings.Builder settings = Settings.builder()
        .put("path.home", home)
        .put("cluster.name", "podferry-test")
        .put("node.name", "node-1")
        .put("network.host", "127.0.0.1")
        .put("http.port", args[1])
        .put("http.type", "netty4")
        .put("transport.port", "0")
        .put("transport.type", "netty4")
        .put("discovery.type", "single-node");
    for (String each : List.of(args).subList(2, args.length)) {
      String[] setting = each.split("=", 2);
      settings.put(setting[0], setting[1]);
    }
    LogConfigurator.configureESLogging();
    Environment environment = new Environment(settings.build(), config);
    PluginsLoader none = ClasspathPlugins.noDirectories();
    List<Plugin> plugins = List.of(new Netty4Plugin(), new StandIns());
    NodeServiceProvider services = new NodeServiceProvider() {
      @Override
      PluginsService newPluginService(Environment ofNode, PluginsLoader loader) {
        return new ClasspathPlugins(ofNode, loader, plugins);
      }
    };
    new Node(NodeConstruction.prepareConstruction(environment, none, services, true)).start();
    Thread.currentThread().join();
  }
}
