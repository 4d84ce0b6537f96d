# The image of the extension. Build it with `cargo xtask dist`, which compiles everything first. The build context is
# target/dist/stage, so this file compiles and downloads nothing and needs no emulation.
FROM scratch

# Docker sets this for each platform. A default value here would hide it, and both images would contain the same binaries.
ARG TARGETARCH

# One layer for each kind of file, so that an update downloads only the layers that have changed.
# Docker Desktop reads these first. Each platform has its own metadata.json, which does not list binaries that its hosts skip.
COPY ${TARGETARCH}/metadata.json common/icon.svg /
COPY common/ui /ui

# Host binaries run on the host, not in the container: /darwin in the arm64 image is for Macs with Apple silicon.
# --chmod is needed because files staged on Windows have no executable bit.
COPY --chmod=0755 ${TARGETARCH}/darwin /darwin
COPY --chmod=0755 ${TARGETARCH}/windows /windows
COPY --chmod=0755 ${TARGETARCH}/linux /linux

# The backend runs in a container, which docker-compose.yaml starts in Docker's VM.
COPY common/docker-compose.yaml /
COPY --chmod=0755 ${TARGETARCH}/vm/backend /backend
ENTRYPOINT ["/backend"]
