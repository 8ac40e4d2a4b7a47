package service

import (
	"context"
	"time"

	"lastpost/internal/archive"
	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/server"
)

// A blog is kept fresh from start to stop.
type blog struct {
	*assembly.Blog
	stop func() // ends what start began, and waits for it
}

// start has the blog kept fresh until ctx ends or stop is called, which is to be called in any case.
func (b *blog) start(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.Run(ctx)
	}()
	b.stop = func() { cancel(); <-ended }
}

// served are the skills as the server knows them.
func served(blogs []*blog) (skills []server.Skill) {
	for _, b := range blogs {
		skills = append(skills, b.Served())
	}
	return skills
}

// newBlog puts a skill of a configuration together, on its open archive.
func (s *service) newBlog(ctx context.Context, c *config.Config, skill config.Skill, posts *archive.Archive) *blog {
	endpoint := c.Endpoint(skill)
	b := &blog{Blog: assembly.NewBlog(skill, posts, assembly.UserAgent(endpoint), s.book, s.log, time.Now)}
	b.Refresher.Spacing = s.options.Pace
	if endpoint == "" {
		return b
	}
	if err := b.Subscribe(ctx, endpoint); err != nil {
		b.Log.Warn("the subscription with the feed's hub begins anew", "error", err)
	}
	return b
}
