package acme

import (
	"context"
	"log/slog"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// A zapBridge passes what certmagic logs on to our log, as details: what an operator has to know of it, an domain
// says in lines of its own. Nothing that certmagic logs is a secret; bodies of requests are left out all the same.
type zapBridge struct {
	log       *slog.Logger
	attrs     []any
	onFailure func(err error, next time.Duration) // told of each attempt that has failed; may be nil
}

// newZapLogger is for what concerns no domain in particular.
func newZapLogger(log *slog.Logger) *zap.Logger { return zap.New(zapBridge{log: log}) }

// zapLogger is for what concerns the domain.
func (d *domain) zapLogger() *zap.Logger {
	return zap.New(zapBridge{log: d.log, onFailure: d.attemptEnded})
}

// Enabled says that only the log itself knows what it wants.
func (b zapBridge) Enabled(zapcore.Level) bool { return true }

// With gives a bridge whose lines all have these fields.
func (b zapBridge) With(fields []zapcore.Field) zapcore.Core {
	b.attrs = append(b.attrs[:len(b.attrs):len(b.attrs)], slogAttrs(fields)...)
	return b
}

// Check takes every entry.
func (b zapBridge) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	return checked.AddCore(entry, b)
}

// Write passes an entry on.
func (b zapBridge) Write(entry zapcore.Entry, fields []zapcore.Field) error {
	if b.log.Enabled(context.Background(), slog.LevelDebug) {
		attrs := append([]any{"detail", entry.Message, "level_there", entry.Level.String()}, b.attrs...)
		b.log.Debug("acme", append(attrs, slogAttrs(fields)...)...)
	}
	var in time.Duration
	var err error
	for _, field := range fields {
		if field.Type == zapcore.DurationType && field.Key == "retrying_in" {
			in = time.Duration(field.Integer)
		}
		if field.Type == zapcore.ErrorType {
			err, _ = field.Interface.(error)
		}
	}
	// The one says when it tries again, the other has nobody to give its error to.
	if failed := in > 0 || entry.Message == "job failed"; failed && err != nil && b.onFailure != nil {
		b.onFailure(err, in)
	}
	return nil
}

// Sync has nothing to wait for.
func (b zapBridge) Sync() error { return nil }

// slogAttrs encodes fields as zap does. What is part of every line of ours keeps its meaning.
func slogAttrs(fields []zapcore.Field) (attrs []any) {
	encoder := zapcore.NewMapObjectEncoder()
	for _, field := range fields {
		field.AddTo(encoder)
	}
	for key, value := range encoder.Fields {
		if key == "level" || key == "time" || key == "message" {
			key = "acme_" + key
		}
		attrs = append(attrs, key, value)
	}
	return attrs
}
