package main

import (
	"errors"
	"log/slog"
	"time"

	"lastpost/internal/config"
	"lastpost/internal/feed"
	"lastpost/internal/handlers"
	"lastpost/internal/phrases"
	"lastpost/internal/server"
)

// A blog is one skill at work: its posts, what keeps them fresh, and what answers from them.
type blog struct {
	skill     config.Skill
	refresher *feed.Refresher
	handler   *handlers.Skill
}

// newBlog puts a skill together. Nothing is fetched yet.
func newBlog(skill config.Skill, agent string, book *phrases.Book, log *slog.Logger, now func() time.Time) *blog {
	posts := &feed.Posts{}
	log = log.With("skill", skill.Name)
	return &blog{
		skill:     skill,
		refresher: &feed.Refresher{URL: string(skill.Feed), Posts: posts, UserAgent: agent, Now: now, Log: log},
		handler:   &handlers.Skill{Blog: skill.InvocationName, Zone: skill.Location(), Posts: posts, Book: book, Now: now, Log: log},
	}
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
	}
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
