// Package assembly creates the parts of the service from a configuration: archives, blogs, verifier, certificates,
// server, linking proxy and log. It starts nothing. The caller runs the parts and closes them.
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
	"strings"

	"github.com/rs/zerolog"

	"lastpost/internal/alexa"
	"lastpost/internal/config"
	"lastpost/internal/linkproxy"
	"lastpost/internal/phrases"
)

// DefaultConfig is the default path of the configuration file.
const DefaultConfig = "/etc/skill/skill.yaml"

// LoadConfig loads the configuration file, else the file that SKILL_CONFIG names, else DefaultConfig.
func LoadConfig(file string, getenv func(string) (string, bool)) (*config.Config, error) {
	fromEnv, _ := getenv("SKILL_CONFIG")
	return config.Load(cmp.Or(file, fromEnv, DefaultConfig), getenv)
}

// CheckLocales returns an error for a locale of a skill whose language the program does not speak. Amazon's testers reject
// such a skill, and listeners would get English answers.
func CheckLocales(skill config.Skill, book *phrases.Catalog) error {
	for _, locale := range skill.Locales {
		if err := CheckLocale(locale, book); err != nil {
			return fmt.Errorf("locales of skill %s: %w: remove it here and in Amazon's console", skill.Name, err)
		}
	}
	return nil
}

// CheckLocale returns an error for a locale that Alexa does not have, or whose language the program does not speak.
func CheckLocale(locale string, book *phrases.Catalog) error {
	if message := alexa.CheckLocale(locale); message != "" {
		return fmt.Errorf("%q %s", locale, message)
	}
	if book.Supports(locale) {
		return nil
	}
	return fmt.Errorf("the program does not speak the language of %s yet, only that of %s", locale, strings.Join(book.Locales(), ", "))
}

// release is set by the linker where the go command cannot know the version: -ldflags "-X lastpost/internal/assembly.release=v1.2.3".
var release string

// Version returns the version set by the linker, or else the version in the build information.
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

// UserAgent returns the User-Agent for requests to publishers. It contains the public URL, if there is one.
func UserAgent(publicURL string) string {
	if publicURL == "" {
		return "lastpost/" + Version() + " (a self-hosted Alexa skill)"
	}
	return "lastpost/" + Version() + " (+" + publicURL + ")"
}

// NewLog creates a slog.Logger that writes through zerolog. The returned level can be changed at any time.
func NewLog(out io.Writer, c config.LogConfig) (*slog.Logger, *slog.LevelVar, error) {
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

// ParseLevel returns the minimum level that is logged.
func ParseLevel(c config.LogConfig) (level slog.Level, err error) {
	err = level.UnmarshalText([]byte(c.Level))
	return level, err
}

// A levelHandler drops records below its minimum level.
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

// LinkDir returns the folder for account-linking traces.
func LinkDir(c *config.Config) string { return filepath.Join(c.DataDir, "link") }

// NewLinkProxy creates the account-linking proxy. The caller sets its recorder.
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
