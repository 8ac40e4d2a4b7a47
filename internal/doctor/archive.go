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
	"lastpost/internal/doctor/access"
	"lastpost/internal/feed/crawl"
)

// maxHistoryRequests is the number of requests that are enough to read the first page of older posts from any source. The
// longest case has three: a WordPress page, an API that refuses, and the first page of older posts.
const maxHistoryRequests = 3

// checkHistory fetches the first page of older posts. It pauses between requests.
func checkHistory(ctx context.Context, b *assembly.Blog, pause time.Duration) Finding {
	name := "history " + b.Skill.Name
	if !b.Skill.History {
		return Finding{OK, name, "off: only posts in the feed are stored", ""}
	}
	if b.Archive.Len() == 0 {
		return Finding{OK, name, "not checked: the feed has no posts yet", ""}
	}
	for range maxHistoryRequests {
		if older := b.Refresher.Status().Backfill; older.Done || older.Started {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		if err := b.Refresher.Backfill(ctx); err != nil && b.Refresher.Status().Backfill.Reason != "" {
			break
		}
	}
	older := b.Refresher.Status().Backfill
	if problem, remedy := older.Problem(); problem != "" {
		return Finding{Warn, name, problem, remedy}
	}
	if older.Source == "none" {
		return Finding{OK, name, older.Reason + "; import others with: skill archive import FILE", ""}
	}
	oldest, _ := b.Archive.Oldest()
	return Finding{OK, name, fmt.Sprintf("%s; the first page has %d older posts, back to %s", older.Source, older.NewPosts,
		formatDay(oldest.Published, b.Skill)), ""}
}

// formatDay returns the day of a date in the blog's time zone. The zero date is unknown.
func formatDay(date time.Time, skill config.Skill) string {
	if date.IsZero() {
		return "an unknown date"
	}
	return date.In(skill.Location()).Format(time.DateOnly)
}

// checkArchive checks the stored archive. The service may be running.
func checkArchive(ctx context.Context, c *config.Config, skill config.Skill) Finding {
	name, file := "archive "+skill.Name, assembly.ArchiveFile(c.DataDir, skill)
	if _, hidden := os.Stat(file); errors.Is(hidden, fs.ErrPermission) {
		return Finding{Warn, name, file + " is not readable by this user", access.RunAsRoot}
	}
	posts, err := archive.View(ctx, file)
	if errors.Is(err, archive.ErrMissing) {
		if checkDataDir(c).Verdict == Fail {
			return Finding{Fail, name, file + " does not exist, and the service cannot create it",
				"correct data_dir: see the check of the data directory"}
		}
		return Finding{OK, name, file + " does not exist yet: the service creates it when it starts", ""}
	}
	if err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	defer func() { _ = posts.Close() }() // the archive is open for reading only, so closing cannot lose data
	if err := posts.CheckIntegrity(ctx); err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	newest, some := posts.Latest()
	if !some {
		return Finding{Warn, name, file + " has no posts yet", "start the service"}
	}
	stored, err := crawl.ReadStatus(ctx, posts, string(skill.Feed))
	if err != nil {
		return Finding{Warn, name, "the state of the feed is unknown: " + err.Error(), "restart the service: it polls the feed again"}
	}
	oldest, _ := posts.Oldest()
	text := fmt.Sprintf("%s, from %s to %s, in %s; ", countPosts(posts.Len()), formatDay(oldest.Published, skill),
		formatDay(newest.ExactDate(), skill), file)
	if problem, remedy := stored.Backfill.Problem(); problem != "" && skill.History {
		next := stored.Backfill.Next.In(skill.Location()).Format(time.DateTime)
		return Finding{Warn, name, text + problem + "; next attempt: " + next, remedy}
	}
	return Finding{OK, name, text + backfillProgress(skill, stored.Backfill), ""}
}

// backfillProgress describes the state of a backfill without a problem.
func backfillProgress(skill config.Skill, older crawl.BackfillStatus) string {
	switch {
	case !skill.History:
		return "older posts are not fetched because history is false"
	case older.Source == "none":
		return older.Reason
	case older.Source == "":
		return "the backfill of older posts has not started"
	case older.Done:
		return "the backfill of older posts is done: " + older.Reason
	case time.Until(older.Next) > time.Hour:
		return "the backfill of older posts continues at " + older.Next.In(skill.Location()).Format(time.DateTime)
	}
	return fmt.Sprintf("older posts are being fetched, %d requests so far", older.Requests)
}
