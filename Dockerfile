# Builds the image: one static program on a base without a shell or packages. It runs as an unprivileged user, or as any
# other with --user. docs/docker.md describes how to run it.
#
#   docker build -t lastpost .
#   docker buildx build --platform linux/amd64,linux/arm64,linux/arm/v7 -t lastpost .
#
# The release workflow reads this line, so that no other file names a registry.
# Images are published at: ghcr.io/OWNER/REPOSITORY

# The build runs on the machine's own platform and cross-compiles, because emulation is many times slower. BuildKit and
# buildah set BUILDPLATFORM. An older Docker needs --build-arg BUILDPLATFORM=linux/amd64, or its own platform.
ARG BUILDPLATFORM
FROM --platform=$BUILDPLATFORM docker.io/library/golang:1.26 AS build
WORKDIR /src
# go.mod and go.sum are copied first, so that Docker downloads the modules again only if they change.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# The builder sets these three. They have no defaults here, because a default would override the builder's value. If they
# are empty, Go builds for this machine.
ARG TARGETOS
ARG TARGETARCH
ARG TARGETVARIANT
# The tag, the commit and the commit's time in RFC 3339. The build cannot read them from git.
ARG VERSION=devel
ARG COMMIT
ARG DATE
# The tag distroless leaves time zones and root certificates out of the program, because the base image below has them.
# Only a 32-bit ARM has a variant that Go needs: v7 is GOARM=7.
RUN if [ "$TARGETARCH" = arm ]; then export GOARM="${TARGETVARIANT#v}"; fi && \
	CGO_ENABLED=0 GOOS="$TARGETOS" GOARCH="$TARGETARCH" go build -trimpath -tags distroless -ldflags "-s -w \
	-X lastpost/internal/assembly.release=$VERSION -X lastpost/internal/assembly.commit=$COMMIT -X lastpost/internal/assembly.date=$DATE" \
	-o /out/skill ./cmd/skill
# Most licences require their text beside the program.
RUN mkdir /out/doc && cp LICENSE /out/doc/ && go run ./deploy/release/modules licenses /out/skill >/out/doc/THIRD_PARTY_LICENSES
# The last stage does not have a shell to create folders. A new volume gets its owner and mode from this folder. Each uid may
# write there, because the image runs with any --user. The service stores the private key with mode 0600 in a folder with
# mode 0700, and no other user can remove a folder here (sticky bit). As its owner, the service also closes the folder.
RUN mkdir /out/lib && mkdir -m 1777 /out/lib/skill

FROM gcr.io/distroless/static-debian12:nonroot
ARG VERSION=devel
ARG COMMIT
ARG DATE
# The address of the repository.
ARG SOURCE
LABEL org.opencontainers.image.title=Lastpost \
	org.opencontainers.image.description="A self-hosted Alexa skill that reads a blog" \
	org.opencontainers.image.licenses=MIT \
	org.opencontainers.image.version=$VERSION \
	org.opencontainers.image.revision=$COMMIT \
	org.opencontainers.image.created=$DATE \
	org.opencontainers.image.source=$SOURCE
COPY --from=build /out/skill /usr/bin/skill
COPY --from=build /out/doc /usr/share/doc/lastpost
COPY configs/container.yaml /etc/skill/container.yaml
COPY --from=build --chown=65532:65532 /out/lib /var/lib
ENV SKILL_CONFIG=/etc/skill/container.yaml
# The base image's folder is closed to other users, and the engine could not enter it.
WORKDIR /
# Kubernetes can check that a numeric user is not root.
USER 65532:65532
VOLUME /var/lib/skill
EXPOSE 8443
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["/usr/bin/skill", "healthcheck"]
ENTRYPOINT ["/usr/bin/skill"]
CMD ["serve"]
