package feedtest

import (
	"strconv"
	"strings"
	"time"
)

// Defect is a way in which a publisher violates a standard or sends wrong data.
type Defect int

// The defects. Defects of posts apply to feeds and the REST API. Defects of a whole response apply to every feed
// document and the REST API. The challenges replace every response.
const (
	NoDefect                 Defect = iota
	AlwaysNotModified               // 304 to every conditional request, even after Publish
	UnconditionalNotModified        // 304 even to an unconditional request
	SamePage                        // every page has the posts of the first page, and a next link
	PageCycle                       // next links lead to pages 1, 2, 3, 2, 3 …; in Archives, to the newest archive, second newest, newest …
	EndlessPages                    // after the last page, pages of invented posts follow endlessly
	EpochDates                      // all dates are 1 January 1970
	FutureDates                     // all dates are in 2099
	NoDates                         // posts without dates
	SharedGUID                      // one GUID for all posts, but separate links
	NoGUIDOneLink                   // posts without GUIDs, all with a link to the home page
	ChangingGUIDs                   // new GUIDs in each response, and no validators
	HugeDocument                    // 50 MiB of a valid RSS document, streamed
	BillionLaughs                   // XML with exponentially growing entities
	InvalidUTF8                     // titles with invalid bytes, declared as UTF-8
	Windows1252                     // undeclared Windows-1252; titles begin with “Café”
	GarbageBytes                    // random bytes with the feed's content type
	HTMLChallenge                   // 200 with a page that checks the browser
	HTMLChallenge403                // the same page with 403, as Cloudflare answers
	HTMLChallenge503                // the same page with 503, as Cloudflare answered formerly
	EmptyBody                       // 200 with an empty body
	EmptyFeed                       // a valid feed without posts
	TruncatedBody                   // half of the document, with the full Content-Length
	HangingBody                     // half of the document, then nothing until the client disconnects
)

var defectNames = [...]string{"NoDefect", "AlwaysNotModified", "UnconditionalNotModified", "SamePage", "PageCycle", "EndlessPages",
	"EpochDates", "FutureDates", "NoDates", "SharedGUID", "NoGUIDOneLink", "ChangingGUIDs", "HugeDocument", "BillionLaughs", "InvalidUTF8",
	"Windows1252", "GarbageBytes", "HTMLChallenge", "HTMLChallenge403", "HTMLChallenge503", "EmptyBody", "EmptyFeed",
	"TruncatedBody", "HangingBody"}

// String returns the name of the defect, for test names.
func (d Defect) String() string {
	if d < 0 || int(d) >= len(defectNames) {
		return "Defect(" + strconv.Itoa(int(d)) + ")"
	}
	return defectNames[d]
}

// Defects returns all defects except NoDefect.
func Defects() []Defect {
	defects := []Defect{}
	for d := NoDefect + 1; int(d) < len(defectNames); d++ {
		defects = append(defects, d)
	}
	return defects
}

// entry is a post with the values that a response states.
type entry struct {
	post
	GUID    string    // empty if the entry does not have a GUID
	Link    string    // absolute
	Shown   string    // the stated title
	Claimed time.Time // the stated date; zero if the entry does not have a date
}

// invalidBytesMark stands for invalid UTF-8 until the document is sent.
const invalidBytesMark = "\ue0ff"

// entries returns the posts with the values that the response states. A defect may change them.
func (v *siteView) entries(posts []post) []entry {
	list := make([]entry, 0, len(posts))
	for _, each := range posts {
		list = append(list, v.entry(each))
	}
	return list
}

func (v *siteView) entry(each post) entry {
	e := entry{post: each, GUID: each.guidFor(v.p.Kind), Link: v.base + each.permalinkPath(), Shown: each.title, Claimed: each.published}
	if v.p.MovingIDs {
		e.GUID = strings.Replace(e.GUID, OriginalURL, v.base, 1)
	}
	switch v.defect {
	case EpochDates:
		e.Claimed = time.Unix(0, 0).UTC()
	case FutureDates:
		e.Claimed = time.Date(2099, time.January, 1, each.number%8760, 0, 0, 0, time.UTC)
	case NoDates:
		e.Claimed = time.Time{}
	case SharedGUID:
		e.GUID = OriginalURL + "/?p=1"
	case NoGUIDOneLink:
		e.GUID, e.Link = "", v.base+"/"
	case ChangingGUIDs:
		e.GUID += "-" + strconv.Itoa(v.requestNumber)
	case InvalidUTF8:
		e.Shown += " " + invalidBytesMark
	case Windows1252:
		e.Shown = "“Café” " + e.Shown
	}
	return e
}

// pagePosts returns the posts of a page, from 1, with the defect applied.
func (v *siteView) pagePosts(page, size int) []post {
	switch {
	case v.defect == SamePage:
		page = 1
	case v.defect == PageCycle && page > 3:
		page = 2 + page%2
	}
	from := (page - 1) * size
	if v.defect == EndlessPages {
		return v.endlessPosts(from, size)
	}
	if from >= len(v.posts) {
		return nil
	}
	return v.posts[from:min(from+size, len(v.posts))]
}

// endlessPosts returns size posts from index from on. After the last post of the blog, it returns invented posts.
func (v *siteView) endlessPosts(from, size int) []post {
	posts := make([]post, 0, size)
	for i := from; i < from+size; i++ {
		if i < len(v.posts) {
			posts = append(posts, v.posts[i])
			continue
		}
		number := len(v.posts) - i // 0, -1 …
		at := v.oldestDate().Add(time.Duration(number-1) * 7 * time.Hour)
		posts = append(posts, post{number: number, title: titleFor(number), published: at, modified: at})
	}
	return posts
}

func (v *siteView) oldestDate() time.Time {
	if len(v.posts) == 0 {
		return v.modified
	}
	return v.posts[len(v.posts)-1].published
}

// nextPage returns the page that a page links to, or false on the last page.
func (v *siteView) nextPage(page, size int) (int, bool) {
	switch v.defect {
	case SamePage, EndlessPages:
		return page + 1, true
	case PageCycle:
		if page >= 3 && len(v.posts) > 2*size {
			return 2, true
		}
	}
	return page + 1, page*size < len(v.posts)
}
