package feedtest

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// archives is RFC 5005, section 4: a document of the newest posts, and documents of the older ones that keep
// their posts for ever. An archive is of a page of posts counted from the oldest one, so the newest archive
// may repeat posts of the feed.
func (v *view) archives(r *http.Request) document {
	if r.URL.Path == v.p.FeedPath() {
		links := []link{{"self", v.base + v.p.FeedPath()}}
		if newest := v.newestArchive(); newest > 0 {
			links = append(links, link{"prev-archive", v.archiveURL(newest)})
		}
		return v.atom(v.p.FeedPath(), v.window(1, v.p.pageSize()), links)
	}
	number := 0
	if _, err := fmt.Sscanf(r.URL.Path, "/archive/%d.atom", &number); err != nil || v.archivePath(number) != r.URL.Path ||
		number < 1 || number > v.archiveCount() && v.lie != EndlessPages {
		return v.page(r)
	}
	return v.archive(number)
}

// archive is one of the older documents; 1 is the oldest one.
func (v *view) archive(number int) document {
	links := []link{{"self", v.archiveURL(number)}, {"current", v.base + v.p.FeedPath()}}
	if before, ok := v.archiveBefore(number); ok {
		links = append(links, link{"prev-archive", v.archiveURL(before)})
	}
	if number < v.archiveCount() {
		links = append(links, link{"next-archive", v.archiveURL(number + 1)})
	}
	return v.atom(v.archivePath(number), v.archived(number), links)
}

// archived are the posts of an archive. Those that EndlessPages adds are numbered beyond the newest one.
func (v *view) archived(number int) []post {
	size, count := v.p.pageSize(), v.archiveCount()
	if number > count {
		return v.endless(len(v.posts)+(number-count-1)*size, size)
	}
	if v.lie == SamePage {
		return v.window(1, size)
	}
	oldest := len(v.posts) - (number-1)*size // counts from the newest
	return v.posts[oldest-size : oldest]
}

// archiveBefore is where an archive's prev-archive leads.
func (v *view) archiveBefore(number int) (int, bool) {
	count := v.archiveCount()
	switch {
	case v.lie == PageCycle && number == count-1:
		return count, true
	case v.lie == EndlessPages && number > count:
		return number + 1, true
	case v.lie == EndlessPages && number == 1:
		return count + 1, true
	case v.lie == SamePage && number == 1:
		return 1, true
	}
	return number - 1, number > 1
}

// newestArchive is where the feed leads; 0: nowhere.
func (v *view) newestArchive() int {
	if count := v.archiveCount(); count > 0 || v.lie != EndlessPages {
		return count
	}
	return 1
}

// archiveCount is how many archives it takes for the posts that the feed does not show.
func (v *view) archiveCount() int {
	size := v.p.pageSize()
	return max(len(v.posts)-1, 0) / size
}

func (v *view) archivePath(number int) string { return fmt.Sprintf("/archive/%02d.atom", number) }
func (v *view) archiveURL(number int) string  { return v.older() + v.archivePath(number) }

// pages is RFC 5005, section 3: pages that move as posts come.
func (v *view) pages(page int) document {
	size := v.p.pageSize()
	at := func(page int) string {
		if page == 1 {
			return v.p.FeedPath()
		}
		return fmt.Sprintf("%s?page=%d", v.p.FeedPath(), page)
	}
	links := []link{{"self", v.base + at(page)}, {"first", v.base + at(1)}}
	if page > 1 {
		links = append(links, link{"previous", v.older() + at(page-1)})
	}
	if next, more := v.next(page, size); more {
		links = append(links, link{"next", v.older() + at(next)})
	}
	links = append(links, link{"last", v.older() + at(max((len(v.posts)+size-1)/size, 1))})
	return v.atom(at(page), v.window(page, size), links)
}

// link is a link of a feed to another document of it.
type link struct{ Rel, Href string }

// atom is an Atom document of a publisher that wrote his own software.
func (v *view) atom(path string, posts []post, links []link) document {
	latest := changed(v.modified, posts)
	d := v.feedDocument("application/atom+xml; charset=utf-8", v.fill("atom.xml", posts,
		values{"Changed": latest, "Archive": strings.HasPrefix(path, "/archive/"), "Links": links}))
	if v.lie == NoDefect {
		d.modified = latest
	}
	return d
}

// changed is when the last of some posts changed: an archive's own time.
func changed(otherwise time.Time, posts []post) time.Time {
	last := time.Time{}
	for _, each := range posts {
		if each.modified.After(last) {
			last = each.modified
		}
	}
	if last.IsZero() {
		return otherwise
	}
	return last
}

// updated is when an entry claims to have changed, which is never before it was published.
func (e entry) updated() time.Time {
	if e.Claimed.Equal(e.published) {
		return e.modified
	}
	return e.Claimed
}
