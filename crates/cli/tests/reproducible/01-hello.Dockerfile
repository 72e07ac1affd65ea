FROM busybox
RUN echo hello > /hello
CMD ["cat", "/hello"]
