package org.elasticsearch.plugins;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.Build;
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
    String properties =
        String.format("name=%s%nclassname=%s%ndescription=for tests%nversion=1%n", name, name)
            + String.format("elasticsearch.version=%s%njava.version=17%n", Build.current().version());
    try (var stream = new ByteArrayInputStream(properties.getBytes(StandardCharsets.UTF_8))) {
      // The constructor is another one in each version.
      PluginDescriptor descriptor = PluginDescriptor.readInternalDescriptorFromStream(stream);
      return new LoadedPlugin(descriptor, plugin, ClasspathPlugins.class.getClassLoader());
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
