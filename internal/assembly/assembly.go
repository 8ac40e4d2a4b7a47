// Package assembly creates the parts of the service from a configuration: archives, blogs, verifier, certificates,
// server, linking proxy and log. It starts nothing. The caller runs the parts and closes them.
package assembly

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/rs/zerolog"

	"lastpost/internal/alexa"
	"lastpost/internal/config"
	"lastpost/internal/phrases"
	"lastpost/internal/redact"
)

// DefaultConfig is the default path of the configuration file.
const DefaultConfig = "/etc/skill/skill.yaml"

// LoadConfig loads the configuration file, else the file that SKILL_CONFIG names, else DefaultConfig.
func LoadConfig(file string, getenv func(string) (string, bool)) (*config.Config, error) {
	return config.Load(ConfigFile(file, getenv), getenv)
}

// ConfigFile returns the name of the configuration file that LoadConfig reads.
func ConfigFile(file string, getenv func(string) (string, bool)) string {
	fromEnv, _ := getenv("SKILL_CONFIG")
	return cmp.Or(file, fromEnv, DefaultConfig)
}

// CheckLocales returns an error for a locale of a skill whose language the program does not speak. Amazon's testers reject
// such a skill, and listeners would get English answers.
func CheckLocales(skill config.Skill, book *phrases.Catalog) error {
	for _, locale := range skill.Locales {
		if err := CheckLocale(locale, book); err != nil {
			return fmt.Errorf("locales of skill %s: %w: remove it from locales (in a container, SKILL_LOCALES) and in Amazon's console",
				skill.Name, err)
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

// UserAgent returns the User-Agent for requests to publishers. It contains the public URL, if there is one.
func UserAgent(publicURL string) string {
	if publicURL == "" {
		return "lastpost/" + Version() + " (a self-hosted Alexa skill)"
	}
	return "lastpost/" + Version() + " (+" + publicURL + ")"
}

// NewLog creates a slog.Logger that writes through zerolog, with secrets masked. The returned level can be changed at any time.
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
	return slog.New(levelHandler{redact.NewLogHandler(zerolog.NewSlogHandler(zerolog.New(out))), minLevel}), minLevel, nil
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
