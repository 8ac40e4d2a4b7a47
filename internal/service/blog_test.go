package service

import (
	"fmt"
	"log/slog"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/config"
	"lastpost/internal/phrases"
)

// TestHubNeedsPublicAddress checks that the service subscribes to hubs only if it knows its public address.
func TestHubNeedsPublicAddress(t *testing.T) {
	for _, c := range []struct{ claim, config, callback string }{
		{"behind a proxy without public_url: no subscription", "tls: {mode: off}", ""},
		{"behind a proxy with public_url: this address", "tls: {mode: off}\npublic_url: https://skill.example.com", "https://skill.example.com/websub/halfelf"},
		{"with a certificate: its first name", "tls: {mode: self-signed, domains: [a.example.com]}", "https://a.example.com/websub/halfelf"},
		{"with a certificate for localhost: no subscription", "tls: {mode: self-signed}", ""},
	} {
		t.Run(c.claim, func(t *testing.T) {
			text := fmt.Sprintf("%s\ndata_dir: %s\nskills:\n  - {name: halfelf, path: /skills/1, application_id: %s, invocation_name: half elf, feed: \"https://blog.example/feed/\"}\n",
				c.config, t.TempDir(), "amzn1.ask.skill.0d5cf4ae-6f1c-4a25-9c0b-2b3c4d5e6f70")
			parsed, err := config.Parse("skill.yaml", []byte(text), os.LookupEnv)
			require.NoError(t, err)
			book, err := phrases.Load()
			require.NoError(t, err)
			s := &service{log: slog.New(slog.DiscardHandler), book: book}
			posts, err := archive.InMemory(t.Context())
			require.NoError(t, err)
			defer func() { require.NoError(t, posts.Close()) }()
			b := s.newBlog(t.Context(), parsed, parsed.Skills[0], posts)
			require.Equal(t, c.callback != "", b.ServerSkill().Hub != nil)
			if c.callback != "" {
				require.Equal(t, c.callback, b.Hub.CallbackURL)
			}
		})
	}
}
