package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"lastpost/internal/archive"
	"lastpost/internal/config"
	"lastpost/internal/feed"
	"lastpost/internal/handlers"
	"lastpost/internal/phrases"
	"lastpost/internal/server"
	"lastpost/internal/simulator"
)

// A blog is one skill at work: its posts, what keeps them fresh, and what answers from them.
type blog struct {
	skill     config.Skill
	archive   *archive.Archive
	refresher *feed.Refresher
	handler   *handlers.Skill
	log       *slog.Logger
	stop      func() // ends what start began, and waits for it
}

// newBlog puts a skill together. Nothing is fetched yet. Who opened the archive closes it.
func newBlog(skill config.Skill, posts *archive.Archive, agent string, book *phrases.Book, log *slog.Logger, now func() time.Time) *blog {
	log = log.With("skill", skill.Name)
	return &blog{
		skill: skill, archive: posts, log: log,
		refresher: &feed.Refresher{
			URL: string(skill.Feed), Archive: posts, History: skill.History, UserAgent: agent, Now: now, Log: log,
		},
		handler: &handlers.Skill{Blog: skill.InvocationName, Zone: skill.Location(), Posts: posts, Book: book, Now: now, Log: log},
	}
}

// newTransientBlog is for commands that fetch a blog for themselves, and leave nothing behind.
func newTransientBlog(ctx context.Context, skill config.Skill, agent string, book *phrases.Book, now func() time.Time) (*blog, error) {
	posts, err := archive.InMemory(ctx)
	if err != nil {
		return nil, err
	}
	return newBlog(skill, posts, agent, book, slog.New(slog.DiscardHandler), now), nil
}

// archiveFile is where a skill's posts lie.
func archiveFile(dataDir string, skill config.Skill) string {
	return filepath.Join(dataDir, "archive", skill.Name+".db")
}

// hubMemo is the name of the note that a subscription keeps of itself.
const hubMemo = "websub"

// subscribe lets a hub tell of new posts, below the service's public address.
func (b *blog) subscribe(ctx context.Context, endpoint string) error {
	hub := &feed.Subscription{
		Callback: strings.TrimSuffix(endpoint, b.skill.Path) + server.HubPath + b.skill.Name,
		Feed:     b.refresher.URL, UserAgent: b.refresher.UserAgent, Now: b.refresher.Now, Log: b.log, Pushed: b.refresher.PollNow,
		Save: func(ctx context.Context, note []byte) error {
			_, err := b.archive.Keep(ctx, feed.Batch{Notes: func(feed.Kept) (map[string][]byte, error) {
				return map[string][]byte{hubMemo: note}, nil
			}})
			return err
		},
	}
	b.refresher.Hub = hub
	note, err := b.archive.Memo(ctx, hubMemo)
	if err != nil || note == nil {
		return err
	}
	return hub.Restore(note)
}

// start has the blog kept fresh until ctx ends or stop is called, which is to be called in any case.
func (b *blog) start(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.run(ctx)
	}()
	b.stop = func() { cancel(); <-ended }
}

// run keeps the blog fresh until ctx ends.
func (b *blog) run(ctx context.Context) {
	var group errgroup.Group
	group.Go(func() error { b.refresher.Run(ctx); return nil })
	group.Go(func() error { b.archive.Watch(ctx, b.log); return nil })
	_ = group.Wait() // neither has an error
}

// served is the skill as the server knows it.
func (b *blog) served() server.Skill {
	var intents []string
	for _, intent := range handlers.Intents() {
		intents = append(intents, intent.Name)
	}
	return server.Skill{
		Name:          b.skill.Name,
		Path:          b.skill.Path,
		ApplicationID: b.skill.ApplicationID,
		Intents:       intents,
		Handler:       b.handler,
		Feed:          b.status,
		Hub:           b.hub(),
		Briefing:      &handlers.Briefing{Skill: b.handler, Locale: cmp.Or(append(slices.Clip(b.skill.Locales), "en-US")...)},
	}
}

// hub answers the feed's hub; nil where there is no subscribing.
func (b *blog) hub() http.Handler {
	if b.refresher.Hub == nil {
		return nil
	}
	return b.refresher.Hub
}

// errNoPosts is a feed that is well, and of no use yet.
var errNoPosts = errors.New("it has no posts yet")

func (b *blog) status() server.FeedStatus {
	s := b.refresher.Status()
	if s.Err == nil && !s.LastSuccess.IsZero() && s.Posts == 0 {
		s.Err = errNoPosts
	}
	return server.FeedStatus{
		Posts: s.Posts, Size: s.Size, Newest: s.Newest, LastSuccess: s.LastSuccess,
		Polls: s.Polls, Failures: s.Failures, Err: s.Err,
	}
}

// device is one on which the blog's skill is simulated.
func (b *blog) device(client *simulator.Client, locale string) simulator.Device {
	return simulator.Device{Client: client, Locale: locale, Skill: simulator.Skill{
		InvocationName: b.skill.InvocationName, Zone: b.skill.Location(),
		Language: b.handler.Book.Language(locale), Categories: b.archive.Categories,
	}}
}
