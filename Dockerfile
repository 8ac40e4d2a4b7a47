# Builds the image: one static program on a base without a shell or packages. It runs as an unprivileged user.
#
#   docker build --build-arg VERSION=v1.0.0 -t skill .
#   docker run --read-only -v skill:/var/lib/skill -p 443:8443 \
#     -e SKILL_DOMAIN=skill.example.com -e SKILL_APPLICATION_ID=amzn1.ask.skill.… -e SKILL_FEED=https://halfelf.org/feed/ skill
FROM docker.io/library/golang:1.26 AS build
WORKDIR /src
# go.mod and go.sum are copied first, so that Docker downloads the modules again only if they change.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=devel
# The tag distroless leaves time zones and root certificates out of the program, because the base image below has them.
RUN CGO_ENABLED=0 go build -trimpath -tags distroless -ldflags "-s -w -X lastpost/internal/assembly.release=$VERSION" -o /out/skill ./cmd/skill
# The last stage does not have a shell to create folders.
RUN mkdir /out/lib && mkdir -m 0700 /out/lib/skill

FROM gcr.io/distroless/static-debian12:nonroot
LABEL org.opencontainers.image.title=Lastpost \
	org.opencontainers.image.description="A self-hosted Alexa skill that reads a blog" \
	org.opencontainers.image.licenses=MIT
COPY --from=build /out/skill /usr/bin/skill
COPY configs/container.yaml /etc/skill/container.yaml
# A new volume gets its owner and mode from this folder.
COPY --from=build --chown=65532:65532 /out/lib /var/lib
ENV SKILL_CONFIG=/etc/skill/container.yaml
# Kubernetes can check that a numeric user is not root.
USER 65532:65532
VOLUME /var/lib/skill
EXPOSE 8443
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["/usr/bin/skill", "healthcheck"]
ENTRYPOINT ["/usr/bin/skill"]
CMD ["serve"]
