// Package assembly turns a configuration into parts: archives, blogs, verifier, certificates, server, linking proxy and
// log. It starts nothing: the caller runs what it gets, and closes it.
package assembly

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"path/filepath"
	"runtime/debug"

	"github.com/rs/zerolog"

	"lastpost/internal/config"
	"lastpost/internal/linkproxy"
)

// DefaultConfig is the configuration file if neither the user nor the environment names one.
const DefaultConfig = "/etc/skill/skill.yaml"

// LoadConfig loads the configuration file, else the file that SKILL_CONFIG names, else DefaultConfig.
func LoadConfig(file string, getenv func(string) (string, bool)) (*config.Config, error) {
	fromEnv, _ := getenv("SKILL_CONFIG")
	return config.Load(cmp.Or(file, fromEnv, DefaultConfig), getenv)
}

// release is set by the linker where the go command cannot know the version: -ldflags "-X lastpost/internal/assembly.release=v1.2.3".
var release string

// Version is what the linker was told, else what the go command knew when it built the binary.
func Version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

// UserAgent says to publishers what fetches their feed, and on whose behalf where that is known.
func UserAgent(publicURL string) string {
	if publicURL == "" {
		return "lastpost/" + Version() + " (a self-hosted Alexa skill)"
	}
	return "lastpost/" + Version() + " (+" + publicURL + ")"
}

// NewLog writes through zerolog, as slog: no other package needs to know by what the lines are made. Its level may be
// changed at any time.
func NewLog(out io.Writer, c config.Log) (*slog.Logger, *slog.LevelVar, error) {
	level, err := ParseLevel(c)
	if err != nil {
		return nil, nil, err
	}
	if c.Format == "console" {
		out = zerolog.ConsoleWriter{Out: out, NoColor: true}
	}
	minLevel := new(slog.LevelVar)
	minLevel.Set(level)
	return slog.New(levelHandler{zerolog.NewSlogHandler(zerolog.New(out)), minLevel}), minLevel, nil
}

// ParseLevel is the least grave level that is written.
func ParseLevel(c config.Log) (level slog.Level, err error) {
	err = level.UnmarshalText([]byte(c.Level))
	return level, err
}

// levelHandler lets through what is grave enough.
type levelHandler struct {
	slog.Handler
	minLevel *slog.LevelVar
}

func (l levelHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= l.minLevel.Level()
}

func (l levelHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return levelHandler{l.Handler.WithAttrs(attrs), l.minLevel}
}

func (l levelHandler) WithGroup(name string) slog.Handler {
	return levelHandler{l.Handler.WithGroup(name), l.minLevel}
}

// LinkDir is the folder of the traces of account linking.
func LinkDir(c *config.Config) string { return filepath.Join(c.DataDir, "link") }

// NewLinkProxy makes the proxy of a configuration. The caller sets its recorder.
func NewLinkProxy(a config.AccountLinking, log *slog.Logger) (*linkproxy.Proxy, error) {
	authorization, err := url.Parse(a.AuthorizationURL)
	if err != nil {
		return nil, fmt.Errorf("account_linking.authorization_url: %w", err)
	}
	token, err := url.Parse(a.TokenURL)
	if err != nil {
		return nil, fmt.Errorf("account_linking.token_url: %w", err)
	}
	return &linkproxy.Proxy{
		Path: a.Path, AuthorizationURL: authorization, TokenURL: token, Mode: linkproxy.Mode(a.Authorize), Log: log,
	}, nil
}
