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

// setUpInspector makes the server record its requests and show them on the private listener. Without a private listener it
// does nothing.
func (s *service) setUpInspector() {
	if s.config.Admin.Listen == "" {
		return
	}
	s.callTimes = readLastRequestFile(s.config, s.log)
	s.recorder = &inspect.RequestRecorder{BrokenRules: simulator.BrokenRules, EarlierCalls: maps.Clone(s.callTimes.written)}
	s.server.Observe = func(x server.ObservedRequest) {
		s.checks.observe(x)
		s.recorder.Observe(inspect.ObservedExchange(x))
	}
	started := time.Now()
	s.server.Inspector = &inspect.Page{
		Recorder:  s.recorder,
		Status:    func() inspect.ServiceStatus { return s.inspectorStatus(started) },
		Simulator: newTestPlayer(s),
		Posts:     archiveBrowser{s},
		Linking:   s.linkBrowser,
	}
}

// inspectorStatus returns the state of the service for the inspector.
func (s *service) inspectorStatus(started time.Time) inspect.ServiceStatus {
	s.mu.Lock()
	c, trouble := s.config, s.reloadError
	s.mu.Unlock()
	status := inspect.ServiceStatus{
		Version: assembly.Version(), Started: started, Listener: s.server.Addr().String(), ReloadError: trouble,
		TLS: string(c.TLS.Mode), Faults: s.server.Faults.Seen(),
	}
	for _, check := range s.checks.states() {
		status.SelfChecks = append(status.SelfChecks, inspect.SelfCheckResult{
			Name: check.Name, Level: string(check.Level), Text: check.Text, Remedy: check.Remedy, Checked: check.Checked,
		})
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
	for _, b := range s.currentBlogs() {
		status.Skills = append(status.Skills, b.inspectorSkill(c.EndpointURL(b.Skill)))
	}
	return status
}

// inspectorSkill returns the state of one skill for the inspector.
func (b *runningBlog) inspectorSkill(endpoint string) inspect.SkillStatus {
	s := b.Refresher.Status()
	newest, _ := b.Archive.Latest()
	skill := inspect.SkillStatus{
		Zone: b.Refresher.Zone, Name: b.Skill.Name, Invocation: b.Skill.InvocationName, Endpoint: endpoint, Locales: b.Skill.Locales,
		Feed: redactFeedURL(s.URL, b.Skill.Feed.String()), Posts: s.Posts, Newest: newest.Title, Published: newest.ExactDate(),
		LastPoll: s.LastSuccess, NextPoll: s.Next, Polls: s.Polls, Failures: s.Failures, Backfill: describeOlderPosts(s.Backfill),
	}
	if remedy, problem := s.Problem(); problem != nil {
		skill.FeedError, skill.FeedRemedy = problem.Error(), remedy
	}
	for _, w := range s.Warnings {
		skill.FeedWarnings = append(skill.FeedWarnings, inspect.FeedWarning(w))
	}
	if b.Skill.History {
		skill.BackfillError, skill.BackfillRemedy = s.Backfill.Problem()
		skill.BackfillRetry = s.Backfill.Next
	}
	return skill
}

// redactFeedURL returns address without user info and query, because both can contain secrets. It returns otherwise if
// address is empty or invalid.
func redactFeedURL(address, otherwise string) string {
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return otherwise
	}
	if u.User = nil; u.RawQuery != "" {
		u.RawQuery = "…"
	}
	return u.String()
}

// describeOlderPosts describes the progress of the backfill. It returns "" if the skill has no source of older posts.
func describeOlderPosts(o crawl.BackfillStatus) string {
	switch {
	case o.Source == "" || o.Source == "none" || o.Failed && o.NewPosts == 0:
		return ""
	case o.Done || o.Failed:
		return fmt.Sprintf("%d of them from older pages", o.NewPosts)
	}
	return fmt.Sprintf("older ones are being fetched, %d so far", o.NewPosts)
}

// findBlog returns the current blog with this name, or an error.
func (s *service) findBlog(name string) (*runningBlog, error) {
	if b := s.blogByName(name); b != nil {
		return b, nil
	}
	return nil, fmt.Errorf("there is no skill %q", name)
}

// An archiveBrowser shows the inspector the posts in the archives.
type archiveBrowser struct{ service *service }

func (l archiveBrowser) Posts(ctx context.Context, skill, words string, skip, limit int) (shown []inspect.PostDetail, all int, err error) {
	b, err := l.service.findBlog(skill)
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
		shown = append(shown, inspect.PostDetail{ID: p.ID, Title: p.Title, Link: p.Link, Published: p.ExactDate()})
	}
	return shown, all, err
}

func (l archiveBrowser) Post(ctx context.Context, skill, id, locale string) (inspect.PostDetail, bool, error) {
	b, err := l.service.findBlog(skill)
	if err != nil {
		return inspect.PostDetail{}, false, err
	}
	e, ok, err := b.Archive.Entry(ctx, id)
	if err != nil || !ok {
		return inspect.PostDetail{}, false, err
	}
	origin, _, err := b.Archive.Origin(ctx, id)
	return inspect.PostDetail{
		ID: e.ID, Title: e.Title, Link: e.Link, Published: e.ExactDate(), Authors: e.Authors, Categories: e.Categories,
		Image: e.Image, Audio: e.Audio.URL, Language: e.Language, Source: describeSource(origin), FirstSeen: origin.FirstSeen,
		Dating: describeDating(e.Post), SpokenTurns: b.Handler.Preview(ctx, e, cmp.Or(locale, "en-US")),
	}, true, err
}

// describeSource names the source of a post in the archive.
func describeSource(o archive.Origin) string {
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

// describeDating says where the date of a post comes from.
func describeDating(p feed.Post) string {
	switch p.DateKind {
	case feed.DateFirstSeen:
		return "when the post was first seen: the feed states none, or one in the future"
	case feed.DateEstimated:
		return fmt.Sprintf("estimated, about %s: the feed states none. The skill does not name it", p.Published.Format(time.DateOnly))
	case feed.DateUnknown:
		return "unknown: the feed states none. Questions for a day or a month do not find the post"
	}
	return "from the feed"
}

// A lastRequestFile stores when Alexa last called each skill. Without the file, the inspector would report after each
// restart that Alexa has never called, and the operator would search for a fault that does not exist.
type lastRequestFile struct {
	name    string
	written map[string]time.Time
}

// readLastRequestFile reads the times that an earlier run saved. An unreadable file does not stop the service.
func readLastRequestFile(c *config.Config, log *slog.Logger) lastRequestFile {
	calls := lastRequestFile{name: filepath.Join(c.DataDir, "last-calls.json")}
	content, err := os.ReadFile(calls.name)
	if errors.Is(err, fs.ErrNotExist) {
		return calls
	}
	if err == nil {
		err = json.Unmarshal(content, &calls.written)
	}
	if err != nil {
		log.Warn("last-call times unreadable", "file", calls.name, "error", err.Error())
		calls.written = nil
	}
	return calls
}

// saveLastCallsEveryMinute saves the last-call times once a minute until ctx ends. The caller must call saveLastCalls
// again after the last request.
func (s *service) saveLastCallsEveryMinute(ctx context.Context) {
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.saveLastCalls()
		}
	}
}

func (s *service) saveLastCalls() {
	if s.recorder == nil {
		return
	}
	calls := map[string]time.Time{}
	for _, b := range s.currentBlogs() {
		if last := s.recorder.Calls(b.Skill.Name).Last; !last.IsZero() {
			calls[b.Skill.Name] = last.UTC().Truncate(time.Second)
		}
	}
	if maps.EqualFunc(calls, s.callTimes.written, time.Time.Equal) {
		return
	}
	content, _ := json.Marshal(calls) // cannot fail: JSON can represent every time of these years
	if err := durable.Replace(s.callTimes.name, content, 0o600); err != nil {
		s.log.Warn("last-call times not saved", "error", err.Error())
		return
	}
	s.callTimes.written = calls
}
