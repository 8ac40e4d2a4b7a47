package redact

import (
	"bytes"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLogHidesSecrets logs secrets in every shape as message, text, error, list, group and attribute of the logger.
func TestLogHidesSecrets(t *testing.T) {
	t.Parallel()
	for _, s := range shapes(rand.New(rand.NewPCG(5, 6))) {
		var out bytes.Buffer
		log := slog.New(NewLogHandler(slog.NewJSONHandler(&out, nil)))
		log.Warn("message "+s.text, "text", s.text, "error", errors.New(s.text), "list", []string{s.text}, slog.Group("group", "text", s.text))
		log.With("with", s.text).WithGroup("in").Warn("of a logger", "text", s.text)
		log.Warn("a secret's name", "apiKey", "S3CRET", "user_id", errors.New("S3CRET"), "x", slog.AnyValue("user amzn1.ask.account.S3CRET"))
		for _, part := range append(s.parts, "S3CRET") {
			require.NotContains(t, out.String(), part, s.name)
		}
		require.Equal(t, 3, strings.Count(out.String(), "\n"))
	}
}

// TestLogKeepsOrdinaryLines checks that lines without a secret stay as they are.
func TestLogKeepsOrdinaryLines(t *testing.T) {
	t.Parallel()
	write := func(wrap func(slog.Handler) slog.Handler) string {
		var out bytes.Buffer
		log := slog.New(wrap(slog.NewJSONHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}})))
		log.With("skill", "halfelf").Info("request", "request_id", "amzn1.echo-api.request.1", "intent", "LastPostIntent", "status", 200, "ms", 1.5,
			"error", errors.New("open /etc/skill/key.pem: permission denied"), "url", "https://blog.example/feed/?page=2", "code", "no-issuer",
			slog.Group("g", "a", true), "none", nil, "remedy", "set account_linking.record: redacted", "path", "/link/token")
		return out.String()
	}
	require.Equal(t, write(func(h slog.Handler) slog.Handler { return h }), write(NewLogHandler))
}
