package transfer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"time"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
	"lastpost/internal/feed/parse"
)

// Importer imports one file.
type Importer struct {
	Feed    string         // address of the skill's feed; relative links in a feed file are resolved against it
	Archive string         // file of the archive
	Zone    *time.Location // of dates without a zone in a feed file; nil means UTC
	Now     time.Time
	Log     *slog.Logger // receives a message if opening the archive made a backup; nil discards it

	// Progress is called after each part of JSON lines but the last, with the numbers of imported and of all posts. It may be
	// nil.
	Progress func(imported, all int)

	count int // number of posts imported
	total feed.StoreResult
}

// String summarizes the import.
func (i *Importer) String() string {
	posts := "posts"
	if i.count == 1 {
		posts = "post"
	}
	return fmt.Sprintf("imported %d %s: %d new, %d changed, %d already stored", i.count, posts,
		i.total.New, i.total.Changed, i.count-i.total.New-i.total.Changed)
}

// Run imports the file.
func (i *Importer) Run(ctx context.Context, name string) error {
	file, err := openRegular(name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // read only
	isFeed, err := parse.IsFeed(file)
	if err = errors.Join(err, rewind(file)); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if isFeed {
		return i.importFeed(ctx, file)
	}
	return i.importJSONLines(ctx, file)
}

// openRegular opens a regular file, because the import reads its input twice. It refuses a pipe before opening it,
// because opening would wait for a writer.
func openRegular(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file. Write the posts to a file first", name)
	}
	return os.Open(name)
}

func rewind(file *os.File) error {
	_, err := file.Seek(0, io.SeekStart)
	return err
}

// importFeed imports a feed in one transaction.
func (i *Importer) importFeed(ctx context.Context, file *os.File) error {
	base, err := url.Parse(i.Feed)
	if err != nil {
		return fmt.Errorf("invalid feed address %s", i.Feed)
	}
	entries, err := parse.FeedFile(ctx, file, base, i.Now, i.Zone)
	if err != nil {
		return fmt.Errorf("%s: %w", file.Name(), err)
	}
	return i.withArchive(ctx, func(posts *archive.Archive) (err error) {
		i.count = len(entries)
		i.total, err = posts.Import(ctx, entries, i.Now)
		return err
	})
}

// importJSONLines checks all lines before it imports any.
func (i *Importer) importJSONLines(ctx context.Context, file *os.File) error {
	ids, err := i.checkLines(ctx, file)
	if err = errors.Join(err, rewind(file)); err != nil {
		return fmt.Errorf("%s: %w", file.Name(), err)
	}
	return i.withArchive(ctx, func(posts *archive.Archive) error {
		return i.importLines(ctx, file, posts, ids)
	})
}

// withArchive calls use with the archive, which it creates if it does not exist.
func (i *Importer) withArchive(ctx context.Context, use func(*archive.Archive) error) error {
	posts, err := archive.Open(ctx, i.Archive)
	if err != nil {
		return err
	}
	posts.LogBackup(i.Log)
	return errors.Join(use(posts), posts.Close())
}

// withProgress adds the number of posts imported so far to an error.
func (i *Importer) withProgress(err error) error {
	if err == nil || i.count == 0 {
		return err
	}
	return fmt.Errorf("%v. Then: %w", i, err)
}

// checkLines reads all lines and returns the line number of each id.
func (i *Importer) checkLines(ctx context.Context, file io.Reader) (map[string]int, error) {
	ids := map[string]int{}
	for e, err := range readLines(file) {
		if err := cmp.Or(ctx.Err(), err); err != nil {
			return nil, err
		}
		if e.Published.After(i.Now) {
			return nil, withLineNumber(e.line, fmt.Errorf("published %s is in the future: this machine's clock says %s",
				e.Published.Format(time.RFC3339), i.Now.UTC().Format(time.RFC3339)))
		}
		if firstLine := ids[e.ID]; firstLine != 0 {
			return nil, withLineNumber(e.line, fmt.Errorf("id %q is already on line %d", e.ID, firstLine))
		}
		ids[e.ID] = e.line
	}
	return ids, nil
}

// One part of an import is one transaction. These constants bound it, so that a running service does not wait long for
// the write lock.
const (
	partPosts = 500
	partSize  = 4 << 20 // bytes of content
)

// importLines imports JSON lines, one part at a time. ids has the line number of each id in the file.
func (i *Importer) importLines(ctx context.Context, in io.Reader, posts *archive.Archive, ids map[string]int) error {
	var part []feed.Entry
	size := 0
	flush := func() error {
		kept, err := posts.ImportPart(ctx, part, i.Now, func(id string) bool { return ids[id] != 0 || ids[feed.OtherScheme(id)] != 0 })
		if err != nil {
			return i.withProgress(err)
		}
		i.count += len(part)
		i.total.New += kept.New
		i.total.Changed += kept.Changed
		part, size = part[:0], 0
		return nil
	}
	for e, err := range readLines(in) {
		if err != nil {
			return i.withProgress(err)
		}
		if first := ids[feed.OtherScheme(e.ID)]; first != 0 && first < e.line {
			i.count++ // the same post with the other scheme, in an export of an older version
			continue
		}
		part = append(part, e.Entry)
		if size += len(e.Content); len(part) < partPosts && size < partSize {
			continue
		}
		if err := flush(); err != nil {
			return err
		}
		if i.Progress != nil && i.count < len(ids) {
			i.Progress(i.count, len(ids))
		}
	}
	return flush()
}
