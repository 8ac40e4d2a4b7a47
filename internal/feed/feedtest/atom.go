package feedtest

import "net/http"

const blogID = "tag:blogger.com,1999:blog-4182000000000000017"

func (v *view) blogger(r *http.Request) document  { return v.page(r) }
func (v *view) archives(r *http.Request) document { return v.page(r) }
func (v *view) pages(r *http.Request) document    { return v.page(r) }
