package service

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lastpost/internal/archive"
	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/durable"
	"lastpost/internal/feed"
	"lastpost/internal/feed/crawl"
	"lastpost/internal/inspect"
	"lastpost/internal/server"
	"lastpost/internal/simulator"
)

// inspect has the server's exchanges recorded, and shown at the private listener, where there is one.
func (s *service) inspect() {
	if s.config.Admin.Listen == "" {
		return
	}
	s.called = readLastCalls(s.config, s.log)
	s.recorder = &inspect.Recorder{BrokenRules: simulator.BrokenRules, EarlierCalls: maps.Clone(s.called.written)}
	s.server.Observe = func(x server.ObservedRequest) { s.recorder.Observe(inspect.ObservedExchange(x)) }
	started := time.Now()
	s.server.Inspector = &inspect.Page{
		Recorder:  s.recorder,
		Status:    func() inspect.ServiceStatus { return s.inspected(started) },
		Simulator: newTrials(s),
		Posts:     library{s},
		Linking:   s.linked,
	}
}

// inspected is the state of the service.
func (s *service) inspected(started time.Time) inspect.ServiceStatus {
	s.mu.Lock()
	c, trouble := s.config, s.trouble
	s.mu.Unlock()
	status := inspect.ServiceStatus{
		Version: assembly.Version(), Started: started, Listener: s.server.Addr().String(), ReloadError: trouble,
		TLS: string(c.TLS.Mode),
	}
	for _, state := range s.server.CertificateStates() {
		certificate := inspect.CertificateStatus{Name: state.Name, NotAfter: state.NotAfter}
		if own := s.server.Certificate; certificate.Name == "" && own != nil {
			certificate.Name = strings.Join(own.Leaf().DNSNames, ", ")
		}
		if state.Err != nil {
			certificate.Error = state.Err.Error()
		}
		status.Certificates = append(status.Certificates, certificate)
	}
	for _, b := range s.atWork() {
		status.Skills = append(status.Skills, b.inspected(c.EndpointURL(b.Skill)))
	}
	return status
}

// inspected is the state of a skill.
func (b *blog) inspected(endpoint string) inspect.SkillStatus {
	s := b.Refresher.Status()
	newest, _ := b.Archive.Latest()
	skill := inspect.SkillStatus{
		Name: b.Skill.Name, Invocation: b.Skill.InvocationName, Endpoint: endpoint, Locales: b.Skill.Locales,
		Feed: withoutUser(s.URL, b.Skill.Feed.String()), Posts: s.Posts, Newest: newest.Title, Published: newest.Published,
		LastPoll: s.LastSuccess, NextPoll: s.Next, Polls: s.Polls, Failures: s.Failures, Backfill: older(s.Backfill),
	}
	if err := b.Status().Err; err != nil {
		skill.FeedError = err.Error()
	}
	return skill
}

// withoutUser gives an address without password and query, which may be one.
func withoutUser(address, otherwise string) string {
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return otherwise
	}
	if u.User = nil; u.RawQuery != "" {
		u.RawQuery = "…"
	}
	return u.String()
}

func older(o crawl.BackfillStatus) string {
	switch {
	case o.Source == "" || o.Source == "none":
		return ""
	case o.Done:
		return fmt.Sprintf("%d of them from older pages", o.NewPosts)
	}
	return fmt.Sprintf("older ones are being fetched, %d so far", o.NewPosts)
}

// blogOf gives the blog of a name, at the moment.
func (s *service) blogOf(name string) (*blog, error) {
	if b := s.blogNamed(name); b != nil {
		return b, nil
	}
	return nil, fmt.Errorf("there is no skill %q", name)
}

// A library shows what the archives hold.
type library struct{ service *service }

func (l library) Posts(ctx context.Context, skill, words string, skip, limit int) (shown []inspect.PostDetail, all int, err error) {
	b, err := l.service.blogOf(skill)
	if err != nil {
		return nil, 0, err
	}
	var found []feed.Post
	if words != "" {
		found, err = b.Archive.Search(ctx, words, limit)
		all = len(found)
	} else {
		found, all = b.Archive.Range(feed.Filter{}, skip, limit), b.Archive.Len()
	}
	for _, p := range found {
		shown = append(shown, inspect.PostDetail{ID: p.ID, Title: p.Title, Link: p.Link, Published: p.Published})
	}
	return shown, all, err
}

func (l library) Post(ctx context.Context, skill, id, locale string) (inspect.PostDetail, bool, error) {
	b, err := l.service.blogOf(skill)
	if err != nil {
		return inspect.PostDetail{}, false, err
	}
	e, ok, err := b.Archive.Entry(ctx, id)
	if err != nil || !ok {
		return inspect.PostDetail{}, false, err
	}
	origin, _, err := b.Archive.Origin(ctx, id)
	return inspect.PostDetail{
		ID: e.ID, Title: e.Title, Link: e.Link, Published: e.Published, Categories: e.Categories, Image: e.Image, Audio: e.Audio.URL,
		Language: e.Language, Source: source(origin), FirstSeen: origin.FirstSeen, DateFromFeed: origin.HasFeedDate,
		SpokenTurns: b.Handler.Preview(ctx, e, cmp.Or(locale, "en-US")),
	}, true, err
}

// source says where the archive has a post from.
func source(o archive.Origin) string {
	switch o.Source {
	case archive.FromFeed:
		return "a poll of the feed"
	case archive.FromBackfill:
		return "a page of older posts"
	case archive.FromImport:
		return "skill archive import"
	}
	return ""
}

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
