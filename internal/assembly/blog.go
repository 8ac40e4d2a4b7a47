package assembly

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"lastpost/internal/alexa"
	"lastpost/internal/archive"
	"lastpost/internal/config"
	"lastpost/internal/feed"
	"lastpost/internal/feed/crawl"
	"lastpost/internal/feed/websub"
	"lastpost/internal/handlers"
	"lastpost/internal/handlers/briefing"
	"lastpost/internal/handlers/conversation"
	"lastpost/internal/handlers/playback"
	"lastpost/internal/phrases"
	"lastpost/internal/server"
	"lastpost/internal/simulator"
)

// A Blog is one configured skill with its archive, its feed refresher and its handler.
type Blog struct {
	Skill     config.Skill
	Endpoint  string // the skill's URL for Amazon's console; "": unknown
	Archive   *archive.Archive
	Refresher *crawl.Refresher
	Handler   *handlers.Responder
	Log       *slog.Logger

	Hub *websub.Subscription // nil: no subscription
}

// NewBlog creates a blog and fetches nothing. The caller closes the archive.
func NewBlog(
	ctx context.Context, skill config.Skill, posts *archive.Archive, agent string, book *phrases.Catalog, log *slog.Logger,
	now func() time.Time,
) *Blog {
	log = log.With("skill", skill.Name)
	b := &Blog{
		Skill: skill, Archive: posts, Log: log,
		Refresher: &crawl.Refresher{
			URL: string(skill.Feed), Archive: posts, Zone: skill.Location(), History: skill.History, UserAgent: agent,
			Language: firstLocale(skill), Now: now, Log: log,
		},
		Handler: &handlers.Responder{Env: conversation.Env{
			Blog: cmp.Or(skill.Title, skill.InvocationName), Zone: skill.Location(), Posts: posts, Store: posts, Visits: posts,
			Catalog: book, Settings: conversationSettings(skill), Now: now, Log: log,
		}},
	}
	if skill.Title == "" {
		b.Handler.Title = feedTitle(ctx, b.Refresher)
	}
	return b
}

// feedTitle returns a function that returns the current title of the feed. Before the first poll of this process, it
// returns the title that an earlier process stored.
func feedTitle(ctx context.Context, r *crawl.Refresher) func() string {
	status, _ := crawl.ReadStatus(ctx, r.Archive, r.URL) // Refresher.Run logs the error
	stored := status.Title
	return func() string { return cmp.Or(r.Title(), stored) }
}

// conversationSettings returns the operator's choices for the conversation.
func conversationSettings(skill config.Skill) conversation.Preferences {
	words := make([]alexa.Pronunciation, 0, len(skill.Pronounce))
	for _, w := range skill.Pronounce {
		words = append(words, alexa.Pronunciation(w))
	}
	return conversation.Preferences{
		Launch: skill.Launch, Resume: skill.Resume, Greeting: skill.Greeting, Goodbye: skill.Goodbye, Pronounce: alexa.NewLexicon(words),
	}
}

// NewTransientBlog creates a blog with an archive in memory, for commands that store nothing.
func NewTransientBlog(
	ctx context.Context, skill config.Skill, agent string, book *phrases.Catalog, now func() time.Time,
) (*Blog, error) {
	posts, err := archive.InMemory(ctx)
	if err != nil {
		return nil, err
	}
	return NewBlog(ctx, skill, posts, agent, book, slog.New(slog.DiscardHandler), now), nil
}

// ArchiveFile returns the path of the archive of a skill.
func ArchiveFile(dataDir string, skill config.Skill) string {
	return filepath.Join(dataDir, "archive", skill.Name+".db")
}

// hubStateKey is the archive key for the state of the hub subscription.
const hubStateKey = "websub"

// SubscribeToHub subscribes to pushes from the hub of the feed. The callback URL is below the public address of the
// service.
func (b *Blog) SubscribeToHub(ctx context.Context, endpoint string) error {
	hub := &websub.Subscription{
		CallbackURL: strings.TrimSuffix(endpoint, b.Skill.Path) + server.HubPath + b.Skill.Name,
		FeedURL:     b.Refresher.URL, UserAgent: b.Refresher.UserAgent, Now: b.Refresher.Now, Log: b.Log, OnPush: b.Refresher.PollNow,
		Save: func(ctx context.Context, note []byte) error {
			_, err := b.Archive.Keep(ctx, feed.Batch{Notes: func(feed.StoreResult) (map[string][]byte, error) {
				return map[string][]byte{hubStateKey: note}, nil
			}})
			return err
		},
	}
	b.Hub, b.Refresher.Hub = hub, hub
	note, err := b.Archive.Memo(ctx, hubStateKey)
	if err != nil || note == nil {
		return err
	}
	return hub.Restore(note)
}

// Run polls the feed and watches the archive until ctx ends.
func (b *Blog) Run(ctx context.Context) {
	var group errgroup.Group
	group.Go(func() error { b.Refresher.Run(ctx); return nil })
	group.Go(func() error { b.Archive.Watch(ctx, b.Log); return nil })
	_ = group.Wait() // both always return nil
}

// ServerSkill returns the skill for the server.
func (b *Blog) ServerSkill() server.ServedSkill {
	var intents []string
	for _, intent := range handlers.Intents() {
		intents = append(intents, intent.Name)
	}
	return server.ServedSkill{
		Name:          b.Skill.Name,
		Path:          b.Skill.Path,
		URL:           b.Endpoint,
		ApplicationID: b.Skill.ApplicationID,
		Intents:       intents,
		Handler:       b.Handler,
		Feed:          b.FeedStatus,
		Hub:           b.hubHandler(),
		Briefing: &briefing.Briefing{
			Posts: b.Archive, Store: b.Archive, Language: b.Handler.Catalog.Language(cmp.Or(firstLocale(b.Skill), "en-US")),
			Now: b.Handler.Now, Log: b.Log,
		},
		EpisodeID: func(token string) string { return playback.ParseToken(token).PostID },
	}
}

// firstLocale returns the first locale of a skill, or "".
func firstLocale(skill config.Skill) string { return cmp.Or(skill.Locales...) }

// hubHandler returns the handler for requests from the hub, or nil without a subscription.
func (b *Blog) hubHandler() http.Handler {
	if b.Hub == nil {
		return nil
	}
	return b.Hub
}

// FeedStatus returns the state of the feed for health checks and metrics.
func (b *Blog) FeedStatus() server.FeedStatus {
	s := b.Refresher.Status()
	status := server.FeedStatus{
		Posts: s.Posts, Size: s.Size, Newest: s.Newest, LastSuccess: s.LastSuccess,
		Polls: s.Polls, Failures: s.Failures, Items: s.Items,
	}
	status.Remedy, status.Err = s.Problem()
	for _, w := range s.Warnings {
		status.Warnings = append(status.Warnings, w.Problem+"; "+w.Remedy)
	}
	if b.Skill.History {
		status.OlderPosts, status.OlderPostsRemedy = s.Backfill.Problem()
		status.OlderPostsRetry = s.Backfill.Next
	}
	return status
}

// NewDevice returns a simulated device for the skill of the blog.
func (b *Blog) NewDevice(client *simulator.SigningClient, locale string) simulator.SimulatedDevice {
	return simulator.SimulatedDevice{Client: client, Locale: locale, Skill: simulator.SkillInfo{
		InvocationName: b.Skill.InvocationName, Zone: b.Skill.Location(),
		Language: b.Handler.Catalog.Language(locale), Categories: b.Archive.Categories,
	}}
}
