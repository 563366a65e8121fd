package org.elasticsearch.plugins;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.env.Environment;

/** Gives a node plugins that are on the class path already, not in a directory of their own. */
public final class ClasspathPlugins extends PluginsService {
  private final List<LoadedPlugin> loaded;

  public ClasspathPlugins(Environment environment, PluginsLoader none, List<Plugin> plugins) {
    super(environment.settings(), environment.configDir(), none);
    loaded = plugins.stream().map(ClasspathPlugins::described).toList();
    loadExtensions(loaded);
  }

  /** A loader that found no plugin in any directory. */
  public static PluginsLoader noDirectories() {
    return new PluginsLoader(Set.of(), Set.of(), Map.of());
  }

  @Override
  protected List<LoadedPlugin> plugins() {
    // It is asked by the constructor of the class above too.
    return loaded == null ? super.plugins() : loaded;
  }

  private static LoadedPlugin described(Plugin plugin) {
    String name = plugin.getClass().getName();
    var target = PluginDescriptor.DeploymentTarget.values()[0];
    var descriptor = new PluginDescriptor(
        name, "for tests", "1", "9.5.3", "21", name, null, List.of(), false, false, false, false, target);
    return new LoadedPlugin(descriptor, plugin, ClasspathPlugins.class.getClassLoader());
  }
}
