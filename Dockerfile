# syntax=docker/dockerfile:1
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w -X main.release=$VERSION" -o /out/sangkien ./cmd/sangkien && mkdir -p /out/data /out/tmp

# The binary alone, as nobody, on a root file system that may be read-only: only /data is written to.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/sangkien /sangkien
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
ENV SANGKIEN_DATA_DIR=/data
VOLUME /data
EXPOSE 8080
# No shell is there to ask: the program asks itself.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/sangkien", "health"]
ENTRYPOINT ["/sangkien"]
CMD ["serve"]
