# args: --secret id=token,src=@SECRET@
FROM busybox
RUN --mount=type=tmpfs,target=/scratch echo x > /scratch/x && cp /scratch/x /x
RUN --mount=type=secret,id=token,required=true wc -c < /run/secrets/token > /length
