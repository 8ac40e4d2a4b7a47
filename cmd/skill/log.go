package main

import (
	"io"
	"log/slog"

	"github.com/rs/zerolog"

	"lastpost/internal/config"
)

// newLog writes through zerolog, as slog: no other package needs to know by what the lines are made.
func newLog(out io.Writer, c config.Log) (*slog.Logger, error) {
	level, err := zerolog.ParseLevel(c.Level)
	if err != nil {
		return nil, err
	}
	if c.Format == "console" {
		out = zerolog.ConsoleWriter{Out: out, NoColor: true}
	}
	return slog.New(zerolog.NewSlogHandler(zerolog.New(out).Level(level))), nil
}
