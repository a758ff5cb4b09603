"""Live collection: what streams and feeds say, as files that ordinary intakes take in.

A listener (`jetstream`, `mastodon`, `visits`) reads one source on a thread of its own and appends what came
to `segments`; `collecting` hands closed segments in and remembers how sources are. Threads, because the
guarded client is synchronous: they wait nearly all the time, and each that hangs hangs alone. Only the main
thread touches the database.
"""
