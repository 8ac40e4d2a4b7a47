package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"lastpost/internal/archive"
	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/feed/crawl"
)

// mostSteps is how many requests it takes to read the first page of older posts, whichever way there is: WordPress's own
// page, an API that refuses, and the page.
const mostSteps = 3

// checkHistory tries the way to the posts that are older than the feed shows, as far as their first page. It pauses between
// requests.
func checkHistory(ctx context.Context, b *assembly.Blog, pause time.Duration) Finding {
	name := "history " + b.Skill.Name
	if !b.Skill.History {
		return Finding{OK, name, "is turned off: only what the feed shows is kept", ""}
	}
	if b.Archive.Len() == 0 {
		return Finding{OK, name, "is looked for once the feed has posts", ""}
	}
	for range mostSteps {
		if older := b.Refresher.Status().Older; older.Done || older.Begun {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		if err := b.Refresher.Walk(ctx); err != nil && b.Refresher.Status().Older.Why != "" {
			return Finding{Warn, name, err.Error(), "the service tries again by itself"}
		}
	}
	older := b.Refresher.Status().Older
	if older.Way == "none" {
		return Finding{OK, name, older.Why + "; others can be brought with: skill archive import FILE", ""}
	}
	oldest, _ := b.Archive.Oldest()
	return Finding{OK, name, fmt.Sprintf("%s; the first page has %d older posts, back to %s", older.Way, older.Found,
		oldest.Published.In(b.Skill.Location()).Format(time.DateOnly)), ""}
}

// checkArchive looks into what the service has kept, beside the running service.
func checkArchive(ctx context.Context, c *config.Config, skill config.Skill) Finding {
	name, file := "archive "+skill.Name, assembly.ArchiveFile(c.DataDir, skill)
	if _, hidden := os.Stat(file); errors.Is(hidden, fs.ErrPermission) {
		return Finding{Warn, name, file + " is not for this user to see", asItsUser}
	}
	posts, err := archive.View(ctx, file)
	if errors.Is(err, archive.ErrMissing) {
		return Finding{OK, name, file + " does not exist yet: the service makes it when it starts", ""}
	}
	if err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	defer func() { _ = posts.Close() }() // it was only read
	if err := posts.Examine(ctx); err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	newest, some := posts.Latest()
	if !some {
		return Finding{Warn, name, file + " has no posts yet", "start the service"}
	}
	oldest, _ := posts.Oldest()
	zone := skill.Location()
	return Finding{OK, name, fmt.Sprintf("%d posts, from %s to %s, in %s; %s", posts.Len(),
		oldest.Published.In(zone).Format(time.DateOnly), newest.Published.In(zone).Format(time.DateOnly), file,
		progress(ctx, skill, posts)), ""}
}

// progress is how far the service has come with the posts that are older than the feed shows.
func progress(ctx context.Context, skill config.Skill, posts *archive.Archive) string {
	older, err := crawl.Left(ctx, posts)
	switch {
	case err != nil:
		return "how far the older posts have come is not known: " + err.Error()
	case !skill.History:
		return "older posts are not fetched, as history is false"
	case older.Way == "none":
		return older.Why
	case older.Way == "":
		return "older posts were not looked for yet"
	case older.Done:
		return "older posts were fetched as far as possible: " + older.Why
	case older.Why != "":
		return "older posts are being fetched, and wait until " + older.Next.In(skill.Location()).Format(time.DateTime) + ": " + older.Why
	}
	return fmt.Sprintf("older posts are being fetched, %d requests so far", older.Requests)
}
