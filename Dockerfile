# The image is Node, the libraries it is linked to, and one file: no shell, no package manager, nothing to write to.
#
#   docker build -t podferry:0.1.0 .
#
# Node 26 is the newest LTS line; the bundle also runs on 24, 22 and 20.19. A tag can be moved, a digest cannot: where a
# build must be repeatable to the byte, add the one your registry shows for the tag (node:26.10.0-trixie-slim@sha256:…).
FROM node:26.10.0-trixie-slim AS build
WORKDIR /build
# The dependencies change less often than the sources: they are a layer of their own. No package of ours needs a script of
# its own to install, so none is run.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY scripts/build.mjs scripts/build.mjs
COPY scripts/no-undici.cjs scripts/no-undici.cjs
COPY scripts/notices.mjs scripts/notices.mjs
COPY src src
RUN npm run build

# The file system of the agent. nsswitch.conf makes the C library look into /etc/hosts before it asks DNS.
RUN mkdir -p /image/etc /image/usr/local/bin /image/opt/podferry \
 && cp /usr/local/bin/node /image/usr/local/bin/ \
 && ldd /usr/local/bin/node | grep -o '/[^ ]*' | xargs -I{} cp -L --parents {} /image \
 && echo 'hosts: files dns' > /image/etc/nsswitch.conf \
 && echo 'root:x:0:0:root:/:/sbin/nologin' > /image/etc/passwd \
 && cp dist/podferry.mjs dist/THIRD-PARTY-NOTICES.txt /image/opt/podferry/
COPY LICENSE /image/opt/podferry/
# The licences of Node and of the libraries that were copied with it: those of the packages that these belong to, and the texts
# they refer to.
RUN mkdir /image/opt/podferry/licences \
 && cp /usr/local/LICENSE /image/opt/podferry/licences/node.txt \
 && cp -L /usr/share/common-licenses/*GPL* /image/opt/podferry/licences/ \
 && for library in $(ldd /usr/local/bin/node | grep -o '/[^ ]*'); do dpkg -S "*/$(basename "$library")"; done \
  | cut -d: -f1 | sort -u \
  | while read -r package; do cp "/usr/share/doc/$package/copyright" "/image/opt/podferry/licences/$package.txt"; done

FROM scratch
LABEL org.opencontainers.image.title=podferry org.opencontainers.image.licenses=Apache-2.0
COPY --from=build /image /
ENV NODE_ENV=production
# A library that is missing fails the build, not the node.
RUN ["/usr/local/bin/node", "/opt/podferry/podferry.mjs", "--version"]
# The lines never become objects, so a small heap is enough, and a small young generation keeps resident memory flat. What
# else there is are buffers of known size outside the heap; their sum is printed at start. The kubelet asks /livez: no
# HEALTHCHECK here.
ENTRYPOINT ["/usr/local/bin/node", "--max-old-space-size=96", "--max-semi-space-size=1", "/opt/podferry/podferry.mjs"]
CMD ["run"]
