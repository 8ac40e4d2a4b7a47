package feedtest

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// archivedFeed implements RFC 5005, section 4. The feed has the newest posts. Archive documents have the older posts
// and never change. Each archive document is full, counted from the oldest post, so the newest archive document may
// repeat posts of the feed.
func (v *siteView) archivedFeed(r *http.Request) document {
	if r.URL.Path == v.p.FeedPath() {
		links := []link{{"self", v.base + v.p.FeedPath()}}
		if newest := v.newestArchive(); newest > 0 {
			links = append(links, link{"prev-archive", v.archiveURL(newest)})
		}
		return v.atomDocument(v.p.FeedPath(), v.pagePosts(1, v.p.pageSize()), links)
	}
	number := 0
	if _, err := fmt.Sscanf(r.URL.Path, "/archive/%d.atom", &number); err != nil || v.archivePath(number) != r.URL.Path ||
		number < 1 || number > v.archiveCount() && v.defect != EndlessPages {
		return v.homePage(r)
	}
	return v.archiveDocument(number)
}

// archiveDocument returns an archive document. Number 1 is the oldest.
func (v *siteView) archiveDocument(number int) document {
	links := []link{{"self", v.archiveURL(number)}, {"current", v.base + v.p.FeedPath()}}
	if before, ok := v.previousArchive(number); ok {
		links = append(links, link{"prev-archive", v.archiveURL(before)})
	}
	if number < v.archiveCount() {
		links = append(links, link{"next-archive", v.archiveURL(number + 1)})
	}
	return v.atomDocument(v.archivePath(number), v.archivePosts(number), links)
}

// archivePosts returns the posts of an archive. The extra archives of EndlessPages have higher numbers than the newest
// archive.
func (v *siteView) archivePosts(number int) []post {
	size, count := v.p.pageSize(), v.archiveCount()
	if number > count {
		return v.endlessPosts(len(v.posts)+(number-count-1)*size, size)
	}
	if v.defect == SamePage {
		return v.pagePosts(1, size)
	}
	oldest := len(v.posts) - (number-1)*size // v.posts begins with the newest post
	return v.posts[oldest-size : oldest]
}

// previousArchive returns the target of an archive's prev-archive link.
func (v *siteView) previousArchive(number int) (int, bool) {
	count := v.archiveCount()
	switch {
	case v.defect == PageCycle && number == count-1:
		return count, true
	case v.defect == EndlessPages && number > count:
		return number + 1, true
	case v.defect == EndlessPages && number == 1:
		return count + 1, true
	case v.defect == SamePage && number == 1:
		return 1, true
	}
	return number - 1, number > 1
}

// newestArchive returns the number of the archive that the feed links to, or zero if it does not link to an archive.
func (v *siteView) newestArchive() int {
	if count := v.archiveCount(); count > 0 || v.defect != EndlessPages {
		return count
	}
	return 1
}

// archiveCount returns the number of archives for the posts that the feed does not show.
func (v *siteView) archiveCount() int {
	size := v.p.pageSize()
	return max(len(v.posts)-1, 0) / size
}

func (v *siteView) archivePath(number int) string { return fmt.Sprintf("/archive/%02d.atom", number) }
func (v *siteView) archiveURL(number int) string  { return v.olderPagesURL() + v.archivePath(number) }

// pagedAtomFeed implements RFC 5005, section 3: pages whose posts shift when new posts are published.
func (v *siteView) pagedAtomFeed(page int) document {
	size := v.p.pageSize()
	at := func(page int) string {
		if page == 1 {
			return v.p.FeedPath()
		}
		return fmt.Sprintf("%s?page=%d", v.p.FeedPath(), page)
	}
	links := []link{{"self", v.base + at(page)}, {"first", v.base + at(1)}}
	if page > 1 {
		links = append(links, link{"previous", v.olderPagesURL() + at(page-1)})
	}
	if next, more := v.nextPage(page, size); more {
		links = append(links, link{"next", v.olderPagesURL() + at(next)})
	}
	links = append(links, link{"last", v.olderPagesURL() + at(max((len(v.posts)+size-1)/size, 1))})
	return v.atomDocument(at(page), v.pagePosts(page, size), links)
}

// link is a link of a feed to another document.
type link struct{ Rel, Href string }

// atomDocument returns an Atom document.
func (v *siteView) atomDocument(path string, posts []post, links []link) document {
	latest := lastChange(v.modified, posts)
	d := v.feedDocument("application/atom+xml; charset=utf-8", v.renderTemplate("atom.xml", posts,
		templateValues{"Changed": latest, "Archive": strings.HasPrefix(path, "/archive/"), "Links": links}))
	if v.defect == NoDefect {
		d.modified = latest
	}
	return d
}

// lastChange returns the time of the last change of the posts, or otherwise if there are none.
func lastChange(otherwise time.Time, posts []post) time.Time {
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

// updatedTime returns the updated date of an entry. It is never before the published date.
func (e entry) updatedTime() time.Time {
	if e.Claimed.Equal(e.published) {
		return e.modified
	}
	return e.Claimed
}
