package assembly

import (
	"context"
	"io"
	"log/slog"

	"github.com/rs/zerolog"

	"lastpost/internal/config"
)

// NewLog writes through zerolog, as slog: no other package needs to know by what the lines are made. Its level may be
// changed at any time.
func NewLog(out io.Writer, c config.Log) (*slog.Logger, *slog.LevelVar, error) {
	level, err := Level(c)
	if err != nil {
		return nil, nil, err
	}
	if c.Format == "console" {
		out = zerolog.ConsoleWriter{Out: out, NoColor: true}
	}
	least := new(slog.LevelVar)
	least.Set(level)
	return slog.New(levelled{zerolog.NewSlogHandler(zerolog.New(out)), least}), least, nil
}

// Level is the least grave level that is written.
func Level(c config.Log) (level slog.Level, err error) {
	err = level.UnmarshalText([]byte(c.Level))
	return level, err
}

// levelled lets through what is grave enough.
type levelled struct {
	slog.Handler
	least *slog.LevelVar
}

func (l levelled) Enabled(_ context.Context, level slog.Level) bool { return level >= l.least.Level() }

func (l levelled) WithAttrs(attrs []slog.Attr) slog.Handler {
	return levelled{l.Handler.WithAttrs(attrs), l.least}
}

func (l levelled) WithGroup(name string) slog.Handler {
	return levelled{l.Handler.WithGroup(name), l.least}
}
