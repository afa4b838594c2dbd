import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('booking', '0001_initial'),
        ('gate', '0001_initial'),
        ('registry', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Call',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('direction', models.CharField(choices=[('outbound', 'Outbound'), ('inbound', 'Inbound')], max_length=8)),
                ('called_at', models.DateTimeField()),
                ('gate_by', models.DateTimeField(help_text='When the truck is expected at the barrier at the latest.')),
                ('recalled_at', models.DateTimeField(blank=True, null=True)),
                ('recalled_why', models.CharField(blank=True, max_length=200)),
                ('booking', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='booking.booking')),
                ('called_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('checkpoint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.checkpoint')),
                ('passage', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='gate.passage')),
                ('recalled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['checkpoint', 'direction', '-called_at'], name='call_latest')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('recalled_at', None)), fields=('passage',), name='call_one_standing_per_passage')],
            },
        ),
    ]
