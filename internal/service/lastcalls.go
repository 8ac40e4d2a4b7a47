package service

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"time"

	"lastpost/internal/config"
	"lastpost/internal/durable"
)

// lastCalls is a file that says when Alexa last called each skill: without it the inspector would say after a restart that
// she never has, and send its reader looking for faults that there are not.
type lastCalls struct {
	name    string
	written map[string]time.Time
}

// readLastCalls reads what an earlier run has written down. A file that cannot be read is no reason not to start.
func readLastCalls(c *config.Config, log *slog.Logger) lastCalls {
	calls := lastCalls{name: filepath.Join(c.DataDir, "last-calls.json")}
	content, err := os.ReadFile(calls.name)
	if errors.Is(err, fs.ErrNotExist) {
		return calls
	}
	if err == nil {
		err = json.Unmarshal(content, &calls.written)
	}
	if err != nil {
		log.Warn("when Alexa last called is not known", "file", calls.name, "error", err.Error())
		calls.written = nil
	}
	return calls
}

// keepLastCalls writes down once a minute when Alexa last called. Who calls it does so once more when the last request
// was answered, which is after ctx has ended.
func (s *service) keepLastCalls(ctx context.Context) {
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.writeLastCalls()
		}
	}
}

func (s *service) writeLastCalls() {
	if s.recorder == nil {
		return
	}
	calls := map[string]time.Time{}
	for _, b := range s.atWork() {
		if last := s.recorder.Calls(b.Skill.Name).Last; !last.IsZero() {
			calls[b.Skill.Name] = last.UTC().Truncate(time.Second)
		}
	}
	if maps.EqualFunc(calls, s.called.written, time.Time.Equal) {
		return
	}
	content, _ := json.Marshal(calls) // times of these years always have a text
	if err := durable.Replace(s.called.name, content, 0o600); err != nil {
		s.log.Warn("when Alexa last called is not written down", "error", err.Error())
		return
	}
	s.called.written = calls
}
