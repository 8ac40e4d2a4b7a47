# The image: one static program on a base without shell or packages, as a user without rights.
#
#   docker build --build-arg VERSION=v1.0.0 -t skill .
#   docker run --read-only -v skill:/var/lib/skill -p 443:8443 \
#     -e SKILL_DOMAIN=skill.example.com -e SKILL_APPLICATION_ID=amzn1.ask.skill.… -e SKILL_FEED=https://halfelf.org/feed/ skill
FROM docker.io/library/golang:1.26 AS build
WORKDIR /src
# Apart from the sources, so that the modules are fetched again only when they change.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=devel
# distroless: the base below has time zones and root certificates, so that the program need not carry them.
RUN CGO_ENABLED=0 go build -trimpath -tags distroless -ldflags "-s -w -X lastpost/internal/assembly.release=$VERSION" -o /out/skill ./cmd/skill
# The last stage has no shell to make a folder with.
RUN mkdir /out/lib && mkdir -m 0700 /out/lib/skill

FROM gcr.io/distroless/static-debian12:nonroot
LABEL org.opencontainers.image.title=Lastpost \
	org.opencontainers.image.description="A self-hosted Alexa skill that reads a blog" \
	org.opencontainers.image.licenses=MIT
COPY --from=build /out/skill /usr/bin/skill
COPY configs/container.yaml /etc/skill/container.yaml
# A new volume takes its owner from here.
COPY --from=build --chown=65532:65532 /out/lib /var/lib
ENV SKILL_CONFIG=/etc/skill/container.yaml
# By number, which Kubernetes can tell from root.
USER 65532:65532
VOLUME /var/lib/skill
EXPOSE 8443
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["/usr/bin/skill", "healthcheck"]
ENTRYPOINT ["/usr/bin/skill"]
CMD ["serve"]
