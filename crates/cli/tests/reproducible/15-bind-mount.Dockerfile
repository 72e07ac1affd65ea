FROM busybox AS made
RUN mkdir /o && echo made > /o/f
FROM busybox
RUN --mount=type=bind,source=tree,target=/t --mount=type=bind,from=made,source=/o,target=/o cat /t/a.txt /o/f > /joined
RUN --mount=type=bind,target=/all,rw touch /all/new && ls /all/tree > /names
