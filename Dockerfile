# The image docker.io/monovirt/monovirt for those who build with Docker. `make image` makes the same without it:
# both run image/rootfs.sh and hack/build.ts.

FROM node:26-trixie AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev binutils
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY image image
COPY hack hack
COPY src src
RUN node_modules/.bin/node hack/build.ts \
  && mkdir -p /layer/dev \
  && install -D -m 0755 dist/monovirt /layer/usr/bin/monovirt \
  && ln -s monovirt /layer/usr/bin/kubectl-virt \
  && install -D -m 0755 dist/hold /layer/usr/lib/monovirt/hold \
  && install -D -m 0755 dist/probe /layer/usr/lib/monovirt/probe \
  && install -D -m 0644 dist/koffi.node /layer/usr/lib/monovirt/koffi.node

FROM debian:trixie AS rootfs
RUN apt-get update && apt-get install -y --no-install-recommends mmdebstrap
COPY image /image
RUN RELEASE=trixie sh /image/rootfs.sh /rootfs.tar && mkdir /rootfs && tar -xf /rootfs.tar -C /rootfs

FROM scratch
COPY --from=rootfs /rootfs/ /
COPY --from=build /layer/ /
ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin MALLOC_ARENA_MAX=2
WORKDIR /
ENTRYPOINT ["/usr/bin/monovirt"]
